/** Queries for the two logs. */
import type { Schemas } from "@kinescope/api-client";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import { dataOf } from "./problem";

export type Diagnostic = Schemas["DiagnosticItem"];
export type DiagnosticNumber = Schemas["NumberItem"];
export type AdminLogEntry = Schemas["AdminLogItem"];

export const LOG_PAGE_ROWS = 50;
const REFRESH_MS = 10_000;

/** Pages count from 1. */
function part(page: number) {
  return { params: { query: { limit: LOG_PAGE_ROWS, offset: (page - 1) * LOG_PAGE_ROWS } } };
}

export function diagnosticsQuery(page: number) {
  return queryOptions({
    queryKey: ["diagnostics", page],
    queryFn: () => dataOf(api.GET("/api/v1/diagnostics", part(page))),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
}

/** What their numbers mean: it changes with the server's version alone. */
export const numbersQuery = queryOptions({
  queryKey: ["diagnostics", "numbers"],
  queryFn: () => dataOf(api.GET("/api/v1/diagnostics/numbers")),
  staleTime: Number.POSITIVE_INFINITY,
});

/** What people did, or why recordings were made. */
export function adminLogQuery(about: "people" | "recordings", page: number) {
  const { query } = part(page).params;
  return queryOptions({
    queryKey: ["admin-log", about, page],
    queryFn: () => dataOf(api.GET("/api/v1/admin-log", { params: { query: { ...query, about } } })),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
}

/** One entry with what was changed; it never changes itself. */
export function adminLogEntryQuery(id: number) {
  return queryOptions({
    queryKey: ["admin-log", "entry", id],
    queryFn: () => dataOf(api.GET("/api/v1/admin-log/{id}", { params: { path: { id: String(id) } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
