/** Queries for the two logs. */
import type { Schemas } from "@kinescope/api-client";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import { dataOf } from "./problem";

export type Diagnostic = Schemas["DiagnosticItem"];
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

export function adminLogQuery(page: number) {
  return queryOptions({
    queryKey: ["admin-log", page],
    queryFn: () => dataOf(api.GET("/api/v1/admin-log", part(page))),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
}
