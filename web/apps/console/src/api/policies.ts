/** Queries and changes for policies. */
import type { Schemas } from "@kinescope/api-client";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "./client";
import { dataOf } from "./problem";

export type Policy = Schemas["PolicyItem"];
/** What is logged; what is left out is not. */
export type Logging = Partial<Schemas["Logging"]>;
export type RecordingRule = Schemas["PolicyRule"];
export type DetectionRule = Omit<Schemas["DetectionRule"], "log"> & { log: Logging };
export type PolicyRule = RecordingRule | DetectionRule;
export type DetectionDocument = Omit<Schemas["DetectionPolicyDocument"], "rules"> & {
  rules: DetectionRule[];
};
export type PolicyDocument = Schemas["PolicyDocument"] | DetectionDocument;
export interface PolicyDetails {
  policy: Policy;
  document?: PolicyDocument | null;
}
export type Criteria = Schemas["PolicyCriteria"];
export type Session = Schemas["TriedSession"];
export type Decision = Schemas["TriedDecision"] | Schemas["TriedDetection"];

export type ForecastAnswer = Schemas["Forecast"];
export type ForecastGroup = Schemas["ForecastGroup"];

/** Which sessions are recorded, or which events of them are logged. */
export type PolicyKind = "recording" | "detection";

type Path = "/api/v1/policies";
type RecordingDocument = Schemas["PolicyDocument"];

/** Both kinds are asked for alike; what differs is the document. */
function pathOf(kind: PolicyKind): Path {
  return kind === "recording" ? "/api/v1/policies" : ("/api/v1/detection-policies" as string as Path);
}

export function policiesQueryOf(kind: PolicyKind) {
  return queryOptions({
    queryKey: ["policies", kind],
    queryFn: () => dataOf(api.GET(pathOf(kind))),
    refetchInterval: 30_000,
  });
}

/** The recording policies. */
export const policiesQuery = policiesQueryOf("recording");

/** One policy. Not asked for again while somebody edits it: a newer revision is told when it is saved. */
export function policyQuery(kind: PolicyKind, id: string) {
  return queryOptions({
    queryKey: ["policy", kind, id],
    queryFn: (): Promise<PolicyDetails> =>
      dataOf(api.GET(`${pathOf(kind)}/{id}`, { params: { path: { id } } })),
    refetchOnWindowFocus: false,
    staleTime: 0,
  });
}

/** What follows every change: the list is read anew, and what came back is known. */
function useChanged(kind: PolicyKind) {
  const queries = useQueryClient();
  return async (details?: PolicyDetails) => {
    if (details) {
      queries.setQueryData(policyQuery(kind, details.policy.id).queryKey, details);
    }
    await queries.invalidateQueries({ queryKey: policiesQueryOf(kind).queryKey });
  };
}

export function useCreatePolicy(kind: PolicyKind) {
  const changed = useChanged(kind);
  return useMutation({
    mutationFn: (document: PolicyDocument) =>
      dataOf(api.POST(pathOf(kind), { body: { document: document as RecordingDocument } })),
    onSuccess: changed,
  });
}

export function useUpdatePolicy(kind: PolicyKind, id: string) {
  const changed = useChanged(kind);
  return useMutation({
    mutationFn: ({ revision, document }: { revision: number; document: PolicyDocument }) =>
      dataOf(
        api.PUT(`${pathOf(kind)}/{id}`, {
          params: { path: { id } },
          body: { revision, document: document as RecordingDocument },
        }),
      ),
    onSuccess: changed,
  });
}

export function useCopyPolicy(kind: PolicyKind) {
  const changed = useChanged(kind);
  return useMutation({
    mutationFn: ({ id, name }: { id: string; name: string }) =>
      dataOf(api.POST(`${pathOf(kind)}/{id}/copy`, { params: { path: { id } }, body: { name } })),
    onSuccess: changed,
  });
}

export function useDeletePolicy(kind: PolicyKind) {
  const changed = useChanged(kind);
  return useMutation({
    mutationFn: ({ id, revision }: Policy) =>
      dataOf(api.DELETE(`${pathOf(kind)}/{id}`, { params: { path: { id }, query: { revision } } })),
    onSuccess: () => changed(),
  });
}

export function useActivatePolicy(kind: PolicyKind) {
  const changed = useChanged(kind);
  return useMutation({
    mutationFn: ({ policy, insteadOf, atOnce }: { policy: Policy; insteadOf: string; atOnce: boolean }) =>
      dataOf(
        api.POST(`${pathOf(kind)}/{id}/activate`, {
          params: { path: { id: policy.id } },
          body: { revision: policy.revision, instead_of: insteadOf, at_once: atOnce },
        }),
      ),
    onSuccess: changed,
  });
}

export type PolicyQuestion = Schemas["TryPolicy"] | Schemas["TryDetectionPolicy"];

export function useTryPolicy(kind: PolicyKind) {
  return useMutation({
    mutationFn: (body: PolicyQuestion): Promise<Decision> =>
      dataOf(api.POST(`${pathOf(kind)}/try`, { body: body as Schemas["TryPolicy"] })),
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
