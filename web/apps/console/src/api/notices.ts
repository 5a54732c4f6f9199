/** How users are told that they are recorded, and whether they are asked. */
import type { Schemas } from "@kinescope/api-client";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "./client";
import { dataOf } from "./problem";

export type NoticePage = Schemas["NoticePage"];
export type NoticeSetting = Schemas["NoticeSetting"];
export type NoticeText = Schemas["NoticeText"];
export type BuiltInNotice = Schemas["BuiltInNotice"];

/** Not asked for again while somebody edits it: what somebody else did is told when it is saved. */
export const noticesQuery = queryOptions({
  queryKey: ["notices"],
  queryFn: () => dataOf(api.GET("/api/v1/notices")),
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
  staleTime: 0,
});

export function useSetNotices() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["SetNotices"]) => dataOf(api.PUT("/api/v1/notices", { body })),
    onSuccess: (page) => queries.setQueryData(noticesQuery.queryKey, page),
  });
}
