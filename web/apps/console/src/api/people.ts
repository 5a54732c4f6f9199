/** Queries and changes for people. */
import type { Schemas } from "@kinescope/api-client";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, meQuery } from "./client";
import { dataOf } from "./problem";

export type Person = Schemas["UserItem"];

export const peopleQuery = queryOptions({
  queryKey: ["people"],
  queryFn: () => dataOf(api.GET("/api/v1/users")),
});

/** Runs a change and then reads the list anew, and who oneself is: one's own roles may be among what changed. */
function usePeopleChange<Input>(mutationFn: (input: Input) => Promise<Person>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: peopleQuery.queryKey }),
        queries.invalidateQueries({ queryKey: meQuery.queryKey }),
      ]),
  });
}

export function useCreatePerson() {
  return usePeopleChange((body: Schemas["CreateUser"]) => dataOf(api.POST("/api/v1/users", { body })));
}

export function useUpdatePerson() {
  return usePeopleChange(({ id, ...body }: Schemas["UpdateUser"] & { id: string }) =>
    dataOf(api.PUT("/api/v1/users/{id}", { params: { path: { id } }, body })),
  );
}

export function useSetRoles() {
  return usePeopleChange(({ id, roles }: { id: string; roles: Schemas["Role"][] }) =>
    dataOf(api.PUT("/api/v1/users/{id}/roles", { params: { path: { id } }, body: { roles } })),
  );
}
