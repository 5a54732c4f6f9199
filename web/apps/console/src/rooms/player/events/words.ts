/** Kinds of events in words. */
import type { TFunction } from "i18next";

/** Kinds that this console has words for. */
export const KINDS = [
  "session-start",
  "session-end",
  "lock",
  "unlock",
  "resize",
  "monitors",
  "client",
  "opened",
  "covered",
  "recording-paused",
  "recording-resumed",
  "disturbed",
  "gap",
  "topmost-window",
  "idle",
  "idle-end",
  "clipboard",
  "not-responding",
  "responds-again",
  "popup",
  "page-shown",
  "page-left",
  "typed",
  "performance",
  "program-start",
  "program-end",
  "program-failed",
  "file-created",
  "file-renamed",
  "file-moved",
  "file-deleted",
  "file-copied",
  "account-changed",
  "group-changed",
  "configuration-changed",
  "package-changed",
  "connection",
  "usb-storage",
  "print-job",
  "document-kept",
  "client-drive",
  "file-transfer",
  "events-lost",
  "response",
  "custom",
  "sealed",
] as const;

/** A kind that this console does not know stands as it is: it comes from the recorded machine, and is never looked up. */
export function wordOfKind(kind: string, t: TFunction): string {
  const known = KINDS.find((one) => one === kind);
  return known ? t(`eventKind.${known}`) : kind;
}
