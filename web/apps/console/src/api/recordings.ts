/** Queries for recordings. */
import type { RecordingQuery, Schemas } from "@kinescope/api-client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import { dataOf } from "./problem";

export type Recording = Schemas["RecordingItem"];
export type RecordingState = Schemas["RecordingState"];
export type EventHit = Schemas["EventHit"];

/** Rows that are asked for at once: more than a screen shows, so that scrolling rarely waits. */
export const PAGE_ROWS = 100;

/** Live rows grow, and new ones appear: asked for again at this pace while somebody looks. */
const LIVE_REFRESH_MS = 3_000;
/** Finished recordings change seldom; a session that has just ended must still arrive among them soon. */
const FINISHED_REFRESH_MS = 10_000;

export type RecordingFilter = Omit<RecordingQuery, "limit" | "offset">;

/** Whether recordings are looked for by what happened in them. */
export function looksForEvents({ event_text, event_kinds }: RecordingFilter): boolean {
  return event_text !== undefined || event_kinds !== undefined;
}

/** Kinds of events as the server's query spells them. */
export function spellKinds(kinds: readonly string[]): string {
  return kinds.map((kind) => kind.replaceAll("%", "%25").replaceAll(",", "%2C")).join(",");
}

/** One page of a list. Filters that change keep the old rows in place until the new ones are here. */
export function recordingsPageQuery(filter: RecordingFilter, page: number) {
  return queryOptions({
    queryKey: ["recordings", "list", filter, page] as const,
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/api/v1/recordings", {
          params: { query: { ...filter, limit: PAGE_ROWS, offset: page * PAGE_ROWS } },
          signal,
        }),
      ),
    refetchInterval:
      filter.state === "finished" || looksForEvents(filter) ? FINISHED_REFRESH_MS : LIVE_REFRESH_MS,
    // Only the same part of the list: rows of another page in its place would be wrong, not old.
    placeholderData: (previous, query) => {
      const [, , oldFilter, oldPage] = query?.queryKey ?? [];
      const alike =
        oldFilter?.state === filter.state && looksForEvents(oldFilter ?? {}) === looksForEvents(filter);
      return alike && oldPage === page ? previous : undefined;
    },
    // Rows that scrolled away need not be remembered for long: a list may have a million of them.
    gcTime: 60_000,
  });
}

export function isGoingOn(state: RecordingState): boolean {
  return state === "live" || state === "silent";
}

/** The recordings of a session in their order, this one among them. */
export function sessionRecordingsQuery(id: string) {
  return queryOptions({
    queryKey: ["recordings", "session", id],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/api/v1/recordings/{id}/session", { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) =>
      state.data?.items.some((item) => isGoingOn(item.state)) ? FINISHED_REFRESH_MS : false,
  });
}

export function recordingQuery(id: string) {
  return queryOptions({
    queryKey: ["recordings", "one", id],
    queryFn: ({ signal }) => dataOf(api.GET("/api/v1/recordings/{id}", { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data && isGoingOn(state.data.state) ? LIVE_REFRESH_MS : false),
  });
}

export interface IndexedEvent {
  time_us: number;
  kind: string;
  text?: string;
}

/** What of a recording's index is looked at here; docs/format.md has all of it. */
export interface RecordingIndex {
  sealed?: { classes: string[] } | undefined;
  events?: IndexedEvent[];
  events_left_out?: number;
}

/** `grows` says whether it is to be asked for again, by what is known of it. */
export function recordingIndexQuery(id: string, grows: (index: RecordingIndex | undefined) => boolean) {
  return queryOptions({
    queryKey: ["recordings", "index", id],
    queryFn: async ({ signal }) => {
      const answer = api.GET("/api/v1/recordings/{id}/index", { params: { path: { id } }, signal });
      return (await dataOf(answer)) as RecordingIndex;
    },
    refetchInterval: ({ state }) => (grows(state.data) ? LIVE_REFRESH_MS : false),
  });
}
