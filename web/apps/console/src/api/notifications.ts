/** How people and programs outside are told of what happens, and what became of each mail and call. */
import type { Schemas } from "@kinescope/api-client";
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "./client";
import { dataOf } from "./problem";

export type NotificationPage = Schemas["NotificationPage"];
export type NotificationSetting = Schemas["NotificationSetting"];
export type MailSetting = Schemas["MailSetting"];
export type SubjectPart = Schemas["SubjectPart"];
export type Delivery = Schemas["DeliveryItem"];
export type DeliveryOutcome = Schemas["DeliveryOutcome"];

export type MailLanguage = MailSetting["language"] & string;

export const DELIVERY_PAGE_ROWS = 50;
const REFRESH_MS = 5_000;

/** Not asked for again while somebody edits it: what somebody else did is told when it is saved. */
export const notificationsQuery = queryOptions({
  queryKey: ["notifications"],
  queryFn: () => dataOf(api.GET("/api/v1/notifications")),
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
  staleTime: 0,
});

/** How a mail looks with a text; without one, as it is built in. Nothing is sent by it. */
export function mailPreviewQuery(language: MailLanguage, text: string | undefined) {
  return queryOptions({
    queryKey: ["mail-preview", language, text],
    queryFn: ({ signal }) =>
      dataOf(
        api.POST("/api/v1/notifications/preview", {
          body: { language, ...(text !== undefined && { text }) },
          signal,
        }),
      ),
    // A text that cannot be read is no better the next time.
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Pages count from 1. */
export function deliveriesQuery(outcome: DeliveryOutcome | undefined, page: number) {
  const query = {
    limit: DELIVERY_PAGE_ROWS,
    offset: (page - 1) * DELIVERY_PAGE_ROWS,
    ...(outcome && { outcome }),
  };
  return queryOptions({
    queryKey: ["deliveries", outcome, page],
    queryFn: () => dataOf(api.GET("/api/v1/deliveries", { params: { query } })),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
}

export function useSetNotifications() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["SetNotifications"]) => dataOf(api.PUT("/api/v1/notifications", { body })),
    onSuccess: (page) => queries.setQueryData(notificationsQuery.queryKey, page),
  });
}

export function useTestNotifications() {
  return useMutation({
    mutationFn: (body: Schemas["TestNotifications"]) =>
      dataOf(api.POST("/api/v1/notifications/test", { body })),
  });
}
