/** Templates of triggers. */
import type { Schemas } from "@kinescope/api-client";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "./client";
import { dataOf } from "./problem";

export type Template = Schemas["TemplateItem"];
export type TriggerTemplate = Schemas["TriggerTemplate"];

export const templatesQuery = queryOptions({
  queryKey: ["trigger-templates"],
  queryFn: () => dataOf(api.GET("/api/v1/trigger-templates")),
});

export function useCreateTemplate() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (template: TriggerTemplate) =>
      dataOf(api.POST("/api/v1/trigger-templates", { body: { template } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: templatesQuery.queryKey }),
  });
}

export function useDeleteTemplate() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, revision }: Template) =>
      dataOf(api.DELETE("/api/v1/trigger-templates/{id}", { params: { path: { id }, query: { revision } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: templatesQuery.queryKey }),
  });
}
