/** Queries and changes for machines and the tokens that let them in. */
import type { Schemas } from "@kinescope/api-client";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "./client";
import { dataOf } from "./problem";

export type Machine = Schemas["MachineItem"];
export type EnrolmentToken = Schemas["EnrolmentToken"];

const REFRESH_MS = 5_000;

export const machinesQuery = queryOptions({
  queryKey: ["machines"],
  queryFn: () => dataOf(api.GET("/api/v1/machines")),
  refetchInterval: REFRESH_MS,
});

export const tokensQuery = queryOptions({
  queryKey: ["enrolment-tokens"],
  queryFn: () => dataOf(api.GET("/api/v1/enrolment-tokens")),
  refetchInterval: REFRESH_MS,
});

export function useRevokeMachine() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      dataOf(api.POST("/api/v1/machines/{id}/revoke", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: machinesQuery.queryKey }),
  });
}

export function useCreateToken() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["CreateEnrolmentToken"]) =>
      dataOf(api.POST("/api/v1/enrolment-tokens", { body })),
    // The answer holds the secret: it must not stay in memory once the dialog is closed.
    gcTime: 0,
    onSuccess: () => queries.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  });
}

export function useDeleteToken() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      dataOf(api.DELETE("/api/v1/enrolment-tokens/{id}", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  });
}
