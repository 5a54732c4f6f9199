/** The filter of events stands in the address. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import type { EventFilter } from "./events";

export function useEventFilter(): [EventFilter, (change: Partial<EventFilter>) => void] {
  const { find, kinds } = useSearch({ from: "/session/recordings/$id" });
  const navigate = useNavigate({ from: "/recordings/$id" });
  const filter = useMemo(() => ({ text: find ?? "", kinds: readKinds(kinds) }), [find, kinds]);
  const change = (part: Partial<EventFilter>) => {
    const { text, kinds: chosen } = { ...filter, ...part };
    const written = { find: text === "" ? undefined : text, kinds: writeKinds(chosen) };
    void navigate({ search: (before) => ({ ...before, ...written }), replace: true });
  };
  return [filter, change];
}

/** A kind may hold any character, commas included. */
function writeKinds(kinds: readonly string[]): string | undefined {
  return kinds.length > 0 ? kinds.map(encodeURIComponent).join(",") : undefined;
}

function readKinds(text: string | undefined): string[] {
  return (text ?? "").split(",").filter(Boolean).map(decoded);
}

/** Anybody may write an address. */
function decoded(kind: string): string {
  try {
    return decodeURIComponent(kind);
  } catch {
    return kind;
  }
}
