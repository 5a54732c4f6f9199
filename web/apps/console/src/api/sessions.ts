/** Sessions that run now, and having them recorded or not. */
import type { Schemas } from "@kinescope/api-client";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "./client";
import { dataOf } from "./problem";

export type Session = Schemas["SessionItem"];
export type Order = Schemas["ControlOrder"];
export type Controlled = Schemas["ControlledSession"];

const REFRESH_MS = 2_000;

export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: () => dataOf(api.GET("/api/v1/sessions")),
  refetchInterval: REFRESH_MS,
});

export function useControlSessions() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({
      order,
      sessions,
      notify,
    }: {
      order: Order;
      sessions: readonly Session[];
      notify: boolean;
    }) =>
      dataOf(
        api.POST("/api/v1/sessions/control", {
          body: { order, sessions: sessions.map(({ id }) => id), notify },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
}
