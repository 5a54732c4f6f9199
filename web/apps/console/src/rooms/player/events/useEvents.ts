/** The events of a recording: as its index lists them, and of a live one as the player hears of them. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import {
  type IndexedEvent,
  isGoingOn,
  type Recording,
  type RecordingIndex,
  recordingIndexQuery,
} from "../../../api/recordings";
import { inOrder } from "./events";
import type { Player } from "./place";

export interface KnownEvents {
  /** In order; undefined while nothing is known. */
  events: IndexedEvent[] | undefined;
  /** How many more there are that the index had no room for. */
  leftOut: number;
  /** Events of some part of the recording are sealed. */
  sealed: boolean;
  error: unknown;
  retry: () => void;
}

const NONE: readonly IndexedEvent[] = [];

export function useEvents(recording: Recording, player: Player | null): KnownEvents {
  const heard = useHeardEvents(player);
  // A player hears of events at once. The index says more of them, so it is asked for when there are new ones.
  const isBehind = (index: RecordingIndex | undefined) =>
    !player || heard.length > (index?.events?.length ?? 0) || (index?.events_left_out ?? 0) > 0;
  const { data, error, refetch } = useQuery(
    recordingIndexQuery(recording.id, (index) => isGoingOn(recording.state) && isBehind(index)),
  );
  const events = useMemo(() => {
    const known = data?.events ?? (data && NONE);
    const more = heard.length > (known?.length ?? 0) ? heard : known;
    return more && inOrder(more);
  }, [data, heard]);
  return {
    events,
    leftOut: data?.events_left_out ?? 0,
    sealed: data?.sealed?.classes.includes("events") ?? false,
    error,
    retry: () => void refetch(),
  };
}

function useHeardEvents(player: Player | null): readonly IndexedEvent[] {
  const watch = useMemo(
    () => (tell: () => void) => {
      player?.addEventListener("events", tell);
      return () => player?.removeEventListener("events", tell);
    },
    [player],
  );
  return useSyncExternalStore(watch, () => player?.events ?? NONE);
}
