/** Kinds of events as the server knows them: what conditions can be about, and what can be done. */
import type { Schemas } from "@kinescope/api-client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import { dataOf } from "./problem";

export type EventKinds = Schemas["EventKindList"];
export type EventKind = Schemas["EventKind"];
export type Dimension = Schemas["EventDimension"];

/** Another version of the server comes with another console. */
export const eventKindsQuery = queryOptions({
  queryKey: ["event-kinds"],
  queryFn: () => dataOf(api.GET("/api/v1/event-kinds")),
  staleTime: Number.POSITIVE_INFINITY,
});
