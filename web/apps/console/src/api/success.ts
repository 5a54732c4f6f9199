/** What became of sessions: how many that were to be recorded were, and which were not. */
import type { Schemas } from "@kinescope/api-client";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import { dataOf } from "./problem";

export type Success = Schemas["RecordingSuccess"];
export type Counts = Schemas["OutcomeCounts"];
export type Outcome = Schemas["SessionOutcome"];
export type SessionOutcome = Schemas["SessionOutcomeItem"];

export const OUTCOME_PAGE_ROWS = 50;
const REFRESH_MS = 15_000;

/** The time looked at, Unix µs. */
export interface Period {
  from: number;
  to?: number | undefined;
}

export function successQuery(period: Period, offsetMinutes: number) {
  return queryOptions({
    queryKey: ["success", period, offsetMinutes],
    queryFn: () =>
      dataOf(
        api.GET("/api/v1/recording-success", {
          params: { query: { ...period, offset_minutes: offsetMinutes } },
        }),
      ),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
}

/** Pages count from 1. */
export function outcomesQuery(period: Period, outcomes: readonly Outcome[], page: number) {
  return queryOptions({
    queryKey: ["success", "sessions", period, outcomes, page],
    queryFn: () =>
      dataOf(
        api.GET("/api/v1/recording-success/sessions", {
          params: {
            query: {
              ...period,
              outcomes: outcomes.join(","),
              limit: OUTCOME_PAGE_ROWS,
              offset: (page - 1) * OUTCOME_PAGE_ROWS,
            },
          },
        }),
      ),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
}
