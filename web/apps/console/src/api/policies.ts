/** Queries and changes for policies. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "./client";
import { dataOf } from "./problem";

export const policyQuery = queryOptions({
  queryKey: ["policy"],
  queryFn: () => dataOf(api.GET("/api/v1/policy")),
  refetchInterval: 30_000,
});

export function useActivatePolicy() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (active: string) => dataOf(api.PUT("/api/v1/policy", { body: { active } })),
    onSuccess: (policy) => queries.setQueryData(policyQuery.queryKey, policy),
  });
}
