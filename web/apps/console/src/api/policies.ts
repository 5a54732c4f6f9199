/** Queries and changes for policies. */
import type { Schemas } from "@kinescope/api-client";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "./client";
import { dataOf } from "./problem";

export type Policy = Schemas["PolicyItem"];
export type PolicyDetails = Schemas["PolicyDetails"];
export type PolicyDocument = Schemas["PolicyDocument"];
export type PolicyRule = Schemas["PolicyRule"];
export type Criteria = Schemas["PolicyCriteria"];
export type Session = Schemas["TriedSession"];
export type Decision = Schemas["TriedDecision"];

export type ForecastAnswer = Schemas["Forecast"];
export type ForecastGroup = Schemas["ForecastGroup"];

export const policiesQuery = queryOptions({
  queryKey: ["policies"],
  queryFn: () => dataOf(api.GET("/api/v1/policies")),
  refetchInterval: 30_000,
});

/** One policy. Not asked for again while somebody edits it: a newer revision is told when it is saved. */
export function policyQuery(id: string) {
  return queryOptions({
    queryKey: ["policy", id],
    queryFn: () => dataOf(api.GET("/api/v1/policies/{id}", { params: { path: { id } } })),
    refetchOnWindowFocus: false,
    staleTime: 0,
  });
}

/** What follows every change: the list is read anew, and what came back is known. */
function useChanged() {
  const queries = useQueryClient();
  return async (details?: PolicyDetails) => {
    if (details) {
      queries.setQueryData(policyQuery(details.policy.id).queryKey, details);
    }
    await queries.invalidateQueries({ queryKey: policiesQuery.queryKey });
  };
}

export function useCreatePolicy() {
  const changed = useChanged();
  return useMutation({
    mutationFn: (document: PolicyDocument) => dataOf(api.POST("/api/v1/policies", { body: { document } })),
    onSuccess: changed,
  });
}

export function useUpdatePolicy(id: string) {
  const changed = useChanged();
  return useMutation({
    mutationFn: (body: { revision: number; document: PolicyDocument }) =>
      dataOf(api.PUT("/api/v1/policies/{id}", { params: { path: { id } }, body })),
    onSuccess: changed,
  });
}

export function useCopyPolicy() {
  const changed = useChanged();
  return useMutation({
    mutationFn: ({ id, name }: { id: string; name: string }) =>
      dataOf(api.POST("/api/v1/policies/{id}/copy", { params: { path: { id } }, body: { name } })),
    onSuccess: changed,
  });
}

export function useDeletePolicy() {
  const changed = useChanged();
  return useMutation({
    mutationFn: ({ id, revision }: Policy) =>
      dataOf(api.DELETE("/api/v1/policies/{id}", { params: { path: { id }, query: { revision } } })),
    onSuccess: () => changed(),
  });
}

export function useActivatePolicy() {
  const changed = useChanged();
  return useMutation({
    mutationFn: ({ policy, insteadOf, atOnce }: { policy: Policy; insteadOf: string; atOnce: boolean }) =>
      dataOf(
        api.POST("/api/v1/policies/{id}/activate", {
          params: { path: { id: policy.id } },
          body: { revision: policy.revision, instead_of: insteadOf, at_once: atOnce },
        }),
      ),
    onSuccess: changed,
  });
}

export function useTryPolicy() {
  return useMutation({
    mutationFn: (body: Schemas["TryPolicy"]) => dataOf(api.POST("/api/v1/policies/try", { body })),
  });
}

/** What would change if this policy were active. Asked for anew each time that somebody is about to activate one. */
export function forecastQuery({ id, revision }: Policy) {
  return queryOptions({
    queryKey: ["forecast", id, revision],
    queryFn: () => dataOf(api.POST("/api/v1/policies/forecast", { body: { policy: id } })),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
}
