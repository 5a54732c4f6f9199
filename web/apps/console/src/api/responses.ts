/** What was done in response to events, over all recordings that a person may see. */
import type { Schemas } from "@kinescope/api-client";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import { dataOf } from "./problem";

export type Response = Schemas["ResponseItem"];
export type ResponseDay = Schemas["ResponseDay"];
export type ResponseAction = Schemas["ResponseAction"];
export type ResponseOutcome = Schemas["ResponseOutcome"];

export const RESPONSE_PAGE_ROWS = 50;
/** The most that the server gives at once. */
const EXPORT_ROWS = 500;
const REFRESH_MS = 15_000;

export interface ResponseFilter {
  /** Unix µs. */
  from: number;
  to?: number | undefined;
  text?: string | undefined;
  action?: ResponseAction | undefined;
  outcome?: ResponseOutcome | undefined;
}

/** Pages count from 1. */
export function responsesQuery(filter: ResponseFilter, offsetMinutes: number, page: number) {
  return queryOptions({
    queryKey: ["responses", filter, offsetMinutes, page],
    queryFn: ({ signal }) =>
      pageOf(filter, offsetMinutes, (page - 1) * RESPONSE_PAGE_ROWS, RESPONSE_PAGE_ROWS, signal),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
}

function pageOf(
  filter: ResponseFilter,
  offsetMinutes: number,
  offset: number,
  limit: number,
  signal?: AbortSignal,
) {
  return dataOf(
    api.GET("/api/v1/responses", {
      params: { query: { ...filter, offset_minutes: offsetMinutes, limit, offset } },
      ...(signal && { signal }),
    }),
  );
}

/** All that match, page by page. What is added meanwhile comes first and would move the rest: the end of the time is fixed. */
export async function allResponses(filter: ResponseFilter): Promise<Response[]> {
  const fixed = { ...filter, to: filter.to ?? Date.now() * 1000 };
  const all: Response[] = [];
  for (;;) {
    const { items, total } = await pageOf(fixed, 0, all.length, EXPORT_ROWS);
    all.push(...items);
    if (items.length === 0 || all.length >= total) {
      return all;
    }
  }
}
