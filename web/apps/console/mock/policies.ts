/** The mock site's policies: kept in memory, with revisions as the server has them. */
import type { Schemas } from "@kinescope/api-client";
import { json, nothing, problem } from "./answers.ts";
import type { KeptPolicy } from "./data.ts";
import type { Call, Route } from "./site.ts";

export const ADMINISTRATORS: Schemas["Role"][] = ["policy-administrator"];
export const POLICY_READERS: Schemas["Role"][] = ["policy-administrator", "policy-query"];

const BUILT_IN = [
  { id: "do-not-record", name: "Do not record" },
  { id: "record-everything", name: "Record everything, without notice" },
];

function builtIn(active: string): Schemas["PolicyItem"][] {
  return BUILT_IN.map((one) => ({
    ...one,
    description: "",
    built_in: true,
    active: one.id === active,
    rules: 0,
    revision: 0,
  }));
}

function item({ id, revision, changed_by, document }: KeptPolicy, active: string): Schemas["PolicyItem"] {
  const { name, description = "", rules } = document;
  const facts = { built_in: false, active: id === active, rules: rules.length };
  return { id, name, description, revision, changed_us: 1_795_000_000_000_000, changed_by, ...facts };
}

function details({ site, id }: Call, wanted = id): Response {
  const { policy: active, policies } = site.data;
  const found = builtIn(active).find((one) => one.id === wanted);
  const kept = policies.find((one) => one.id === wanted);
  const answer = found ? { policy: found } : kept && { policy: item(kept, active), document: kept.document };
  return answer
    ? json(answer satisfies Schemas["PolicyDetails"])
    : problem(404, "not-found", "There is no such policy.");
}

function keep(call: Call, document: Schemas["PolicyDocument"]): Response {
  const { site, me } = call;
  const bad = document.rules.find((rule) => Object.keys(rule.when).length === 0);
  if (bad) {
    const help = "Correct what is named.";
    return problem(400, "bad-request", `Rule “${bad.name}”: a rule needs at least one criterion.`, help);
  }
  const id = String(site.data.policies.length + 1).padStart(32, "0");
  site.data.policies.push({ id, revision: 1, changed_by: me.user, document });
  return details(call, id);
}

function conflict(): Response {
  return problem(
    409,
    "conflict",
    "bob has changed this policy meanwhile; it is revision 4 now.",
    "Look at it.",
  );
}

async function update(call: Call): Promise<Response> {
  const { revision, document } = await call.body<Schemas["UpdatePolicy"]>();
  const kept = call.site.data.policies.find((one) => one.id === call.id);
  if (kept?.revision !== revision) {
    return conflict();
  }
  Object.assign(kept, { document, revision: revision + 1, changed_by: call.me.user });
  return details(call);
}

async function attempt({ site, body }: Call): Promise<Response> {
  const { policy, document, session } = await body<Schemas["TryPolicy"]>();
  const rules = (document ?? site.data.policies.find((one) => one.id === policy)?.document)?.rules ?? [];
  const user = session?.user ?? "";
  // The server knows all criteria; here naming the user is enough.
  const names = rules
    .filter((rule) => rule.when.who?.some((person) => "user" in person && person.user === user))
    .map((rule) => rule.name);
  return json({
    record: policy === "record-everything" || names.length > 0,
    policy: document?.name ?? policy ?? "",
    rules: names,
    reason: `because the user is ${user}`,
    session: session ?? { user: "", machine: "" },
  } satisfies Schemas["TriedDecision"]);
}

const PATH = "\\/api\\/v1\\/policies";
const path = (rest: string) => new RegExp(`^${PATH}${rest}$`);

export const POLICY_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: path(""),
    needs: POLICY_READERS,
    answer: ({ site }) => {
      const { policy: active, policies } = site.data;
      const items = [...builtIn(active), ...policies.map((one) => item(one, active))];
      return json({ items, active, not_yet: ["events-only", "audio"] } satisfies Schemas["PolicyList"]);
    },
  },
  {
    method: "POST",
    path: path(""),
    needs: ADMINISTRATORS,
    answer: async (call) => keep(call, (await call.body<Schemas["CreatePolicy"]>()).document),
  },
  {
    method: "POST",
    path: path("\\/forecast"),
    needs: ADMINISTRATORS,
    answer: ({ site }) => json(site.data.forecast),
  },
  { method: "POST", path: path("\\/try"), needs: POLICY_READERS, answer: attempt },
  { method: "GET", path: path("\\/([^/]+)"), needs: POLICY_READERS, answer: (call) => details(call) },
  { method: "PUT", path: path("\\/([^/]+)"), needs: ADMINISTRATORS, answer: update },
  {
    method: "DELETE",
    path: path("\\/([^/]+)"),
    needs: ADMINISTRATORS,
    answer: ({ site, id }) => {
      site.data.policies = site.data.policies.filter((one) => one.id !== id);
      return nothing();
    },
  },
  {
    method: "POST",
    path: path("\\/([^/]+)\\/copy"),
    needs: ADMINISTRATORS,
    answer: async (call) => {
      const { name } = await call.body<Schemas["CopyPolicy"]>();
      const kept = call.site.data.policies.find((one) => one.id === call.id);
      return keep(call, { version: 1, rules: [], ...kept?.document, name });
    },
  },
  {
    method: "POST",
    path: path("\\/([^/]+)\\/activate"),
    needs: ADMINISTRATORS,
    answer: async (call) => {
      const { instead_of } = await call.body<Schemas["ActivatePolicy"]>();
      if (instead_of !== call.site.data.policy) {
        return conflict();
      }
      call.site.data.policy = call.id;
      return details(call);
    },
  },
];
