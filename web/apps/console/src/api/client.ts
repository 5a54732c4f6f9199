/** The one client of the console, and the queries whose answers several rooms need. */
import { createApiClient, type Schemas } from "@kinescope/api-client";
import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { dataOf } from "./problem";

export const api = createApiClient({
  baseUrl: window.location.origin,
  // Asked at each call, so that a test can answer in the network's place.
  fetch: (request) => globalThis.fetch(request),
});

export type Me = Schemas["Me"];

/** Who is signed in. Roles can be taken away at any time; they act within a minute here too. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: () => dataOf(api.GET("/api/v1/me")),
  staleTime: 30_000,
  refetchInterval: 60_000,
});

/** Who is signed in; only below a route that has loaded it. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}
