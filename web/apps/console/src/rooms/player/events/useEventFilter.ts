/** The filter of events stands in the address. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import type { EventFilter } from "./events";
import { readKinds, writeKinds } from "./kinds";

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
