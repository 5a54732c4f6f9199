/** Saving copies of what was printed as files. They are read out of the recording by whoever plays it, and never shown here. */
import type { DocumentTrouble, PrintedDocument } from "@kinescope/player";
import { useCallback, useState } from "react";
import type { IndexedEvent } from "../../../api/recordings";
import { asFileName, saveBytes } from "../../../files/save";

/** The kind of events that say that a copy of a document stands in the recording. */
const DOCUMENT_KEPT = "document-kept";

/** Whoever can read the recording: the player, or the charts where there is no picture. */
export interface DocumentSource {
  document: (time_us: number, text?: string) => Promise<PrintedDocument[]>;
}

export interface Saving {
  /** Whether there is something to save. */
  offers: (event: IndexedEvent) => boolean;
  isBusy: (event: IndexedEvent) => boolean;
  save: (event: IndexedEvent) => void;
  failure: { name: string; trouble: DocumentTrouble } | undefined;
  forgetFailure: () => void;
}

export function useSaving(source: DocumentSource | null): Saving {
  const [busy, setBusy] = useState<readonly IndexedEvent[]>([]);
  const [failure, setFailure] = useState<Saving["failure"]>();
  const isBusy = (event: IndexedEvent) => busy.some((other) => isSame(other, event));
  const save = async (event: IndexedEvent) => {
    if (!source || isBusy(event)) {
      return;
    }
    setFailure(undefined);
    setBusy((before) => [...before, event]);
    try {
      for (const { name, bytes } of await source.document(event.time_us, event.text)) {
        saveBytes(asFileName(name), bytes);
      }
    } catch (error) {
      setFailure({ name: documentName(event), trouble: troubleOf(error) });
    }
    setBusy((before) => before.filter((other) => !isSame(other, event)));
  };
  return {
    offers: ({ kind }) => source !== null && kind === DOCUMENT_KEPT,
    isBusy,
    save: (event) => void save(event),
    failure,
    forgetFailure: useCallback(() => setFailure(undefined), []),
  };
}

/** What the document is called, out of what the event says of it. */
export function documentName({ text }: IndexedEvent): string {
  return (text ?? "").replace(/: \d+ bytes(, cut)?$/, "");
}

/** Lists are read anew while a recording grows. */
function isSame(one: IndexedEvent, other: IndexedEvent): boolean {
  return one.time_us === other.time_us && one.kind === other.kind && one.text === other.text;
}

function troubleOf(error: unknown): DocumentTrouble {
  const trouble = error instanceof Error && "trouble" in error ? error.trouble : undefined;
  return (trouble as DocumentTrouble | undefined) ?? "unreadable";
}
