/** How new recordings are sealed, and whose keys open those that are. */
import type { Schemas } from "@kinescope/api-client";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "./client";
import { dataOf } from "./problem";

export type Sealing = Schemas["Sealing"];
export type SetSealing = Schemas["SetSealing"];

export const sealingQuery = queryOptions({
  queryKey: ["sealing"],
  queryFn: () => dataOf(api.GET("/api/v1/sealing")),
  staleTime: 30_000,
});

export function useSetSealing() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: SetSealing) => dataOf(api.PUT("/api/v1/sealing", { body })),
    onSuccess: (sealing) => queries.setQueryData(sealingQuery.queryKey, sealing),
  });
}
