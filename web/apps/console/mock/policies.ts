/** The mock site's policies: kept in memory, with revisions as the server has them. */
import type { Schemas } from "@kinescope/api-client";
import type { DetectionDocument } from "../src/api/policies.ts";
import { json, nothing, problem } from "./answers.ts";
import type { KeptPolicy, SiteData } from "./data.ts";
import type { Call, Route } from "./site.ts";

export const ADMINISTRATORS: Schemas["Role"][] = ["policy-administrator"];
export const POLICY_READERS: Schemas["Role"][] = ["policy-administrator", "policy-query"];

type Document = Schemas["PolicyDocument"] | DetectionDocument;
type Kept = KeptPolicy<Document>;

/** Policies of a kind. */
interface Shelf {
  path: string;
  builtIn: { id: string; name: string }[];
  kept: (data: SiteData) => { policy: string; policies: Kept[] };
  notYet: string[];
  attempt: (call: Call) => Promise<Response>;
}

const RECORDING: Shelf = {
  path: "\\/api\\/v1\\/policies",
  builtIn: [
    { id: "do-not-record", name: "Do not record" },
    { id: "record-everything", name: "Record everything, without notice" },
  ],
  kept: (data) => data,
  notYet: ["events-only", "audio"],
  attempt,
};

const DETECTION: Shelf = {
  path: "\\/api\\/v1\\/detection-policies",
  builtIn: [
    { id: "machine-settings", name: "Each machine's own settings" },
    { id: "log-nothing", name: "Log nothing" },
  ],
  kept: ({ detection }) => detection,
  notYet: [],
  attempt: attemptDetection,
};

function builtIn(shelf: Shelf, active: string): Schemas["PolicyItem"][] {
  return shelf.builtIn.map((one) => ({
    ...one,
    description: "",
    built_in: true,
    active: one.id === active,
    rules: 0,
    revision: 0,
  }));
}

function item({ id, revision, changed_by, document }: Kept, active: string): Schemas["PolicyItem"] {
  const { name, description = "", rules } = document;
  const facts = { built_in: false, active: id === active, rules: rules.length };
  return { id, name, description, revision, changed_us: 1_795_000_000_000_000, changed_by, ...facts };
}

function details(shelf: Shelf, { site, id }: Call, wanted = id): Response {
  const { policy: active, policies } = shelf.kept(site.data);
  const found = builtIn(shelf, active).find((one) => one.id === wanted);
  const kept = policies.find((one) => one.id === wanted);
  const answer = found ? { policy: found } : kept && { policy: item(kept, active), document: kept.document };
  return answer ? json(answer) : problem(404, "not-found", "There is no such policy.");
}

/** The server knows all that can be wrong; here some of it is enough. */
function refused(document: Document): Response | undefined {
  const bad = document.rules.find((rule: Document["rules"][number]) => Object.keys(rule.when).length === 0);
  if (bad) {
    const help = "Correct what is named.";
    return problem(400, "bad-request", `Rule “${bad.name}”: a rule needs at least one criterion.`, help);
  }
  const nameless = document.rules.find((rule: Document["rules"][number]) =>
    "respond" in rule ? rule.respond?.triggers.some((trigger) => trigger.actions.length === 0) : false,
  );
  if (nameless && "respond" in nameless) {
    const trigger = nameless.respond?.triggers.find(({ actions }) => actions.length === 0)?.description;
    const what = `trigger “${trigger}”: it has no actions, or one of them twice`;
    return problem(400, "bad-request", `Rule “${nameless.name}”: ${what}.`, "Correct what is named.");
  }
  return undefined;
}

function keep(shelf: Shelf, call: Call, document: Document): Response {
  const { site, me } = call;
  const { policies } = shelf.kept(site.data);
  const wrong = refused(document);
  if (wrong) {
    return wrong;
  }
  const id = String(policies.length + 1).padStart(32, "0");
  policies.push({ id, revision: 1, changed_by: me.user, document });
  return details(shelf, call, id);
}

function conflict(): Response {
  return problem(
    409,
    "conflict",
    "bob has changed this policy meanwhile; it is revision 4 now.",
    "Look at it.",
  );
}

async function update(shelf: Shelf, call: Call): Promise<Response> {
  const { revision, document } = await call.body<{ revision: number; document: Document }>();
  const kept = shelf.kept(call.site.data).policies.find((one) => one.id === call.id);
  if (kept?.revision !== revision) {
    return conflict();
  }
  const wrong = refused(document);
  if (wrong) {
    return wrong;
  }
  Object.assign(kept, { document, revision: revision + 1, changed_by: call.me.user });
  return details(shelf, call);
}

async function attempt({ site, body }: Call): Promise<Response> {
  const { policy, document, session } = await body<Schemas["TryPolicy"]>();
  const kept = site.data.policies.find((one) => one.id === policy)?.document;
  const rules = (document ?? kept)?.rules ?? [];
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

async function attemptDetection({ body }: Call): Promise<Response> {
  const asked = await body<
    Omit<Schemas["TryDetectionPolicy"], "document"> & { document?: DetectionDocument }
  >();
  const { policy, document, session } = asked;
  const user = session?.user ?? "";
  // The oldest that holds decides.
  const rule = document?.rules.find((one) =>
    one.when.who?.some((person) => "user" in person && person.user === user),
  );
  return json({
    ...(policy !== "machine-settings" && { log: (rule?.log ?? {}) as Schemas["Logging"] }),
    policy: document?.name ?? policy ?? "",
    rules: rule ? [rule.name] : [],
    reason: `because the user is ${user}`,
    session: session ?? { user: "", machine: "" },
  } satisfies Schemas["TriedDetection"]);
}

function routesOf(shelf: Shelf): Route[] {
  const path = (rest: string) => new RegExp(`^${shelf.path}${rest}$`);
  return [
    {
      method: "GET",
      path: path(""),
      needs: POLICY_READERS,
      answer: ({ site }) => {
        const { policy: active, policies } = shelf.kept(site.data);
        const items = [...builtIn(shelf, active), ...policies.map((one) => item(one, active))];
        return json({ items, active, not_yet: shelf.notYet } satisfies Schemas["PolicyList"]);
      },
    },
    {
      method: "POST",
      path: path(""),
      needs: ADMINISTRATORS,
      answer: async (call) => keep(shelf, call, (await call.body<{ document: Document }>()).document),
    },
    { method: "POST", path: path("\\/try"), needs: POLICY_READERS, answer: shelf.attempt },
    {
      method: "GET",
      path: path("\\/([^/]+)"),
      needs: POLICY_READERS,
      answer: (call) => details(shelf, call),
    },
    { method: "PUT", path: path("\\/([^/]+)"), needs: ADMINISTRATORS, answer: (call) => update(shelf, call) },
    {
      method: "DELETE",
      path: path("\\/([^/]+)"),
      needs: ADMINISTRATORS,
      answer: ({ site, id }) => {
        const kept = shelf.kept(site.data);
        kept.policies = kept.policies.filter((one) => one.id !== id);
        return nothing();
      },
    },
    {
      method: "POST",
      path: path("\\/([^/]+)\\/copy"),
      needs: ADMINISTRATORS,
      answer: async (call) => {
        const { name } = await call.body<Schemas["CopyPolicy"]>();
        const kept = shelf.kept(call.site.data).policies.find((one) => one.id === call.id);
        return keep(shelf, call, { version: 1, rules: [], ...kept?.document, name });
      },
    },
    {
      method: "POST",
      path: path("\\/([^/]+)\\/activate"),
      needs: ADMINISTRATORS,
      answer: async (call) => {
        const { instead_of } = await call.body<Schemas["ActivatePolicy"]>();
        const kept = shelf.kept(call.site.data);
        if (instead_of !== kept.policy) {
          return conflict();
        }
        kept.policy = call.id;
        return details(shelf, call);
      },
    },
  ];
}

/** Some of the kinds that the server has. */
const EVENT_KINDS: Schemas["EventKindList"] = {
  items: [
    { name: "lock", dimensions: [], triggers: true },
    {
      name: "topmost-window",
      dimensions: [
        { field: "program", values: "text", words: [] },
        { field: "title", values: "text", words: [] },
      ],
      logged_by: "topmost_window",
      triggers: true,
    },
    {
      name: "clipboard",
      dimensions: [
        { field: "type", values: "choice", words: ["text", "file", "bitmap"] },
        { field: "bytes", values: "number", words: [] },
      ],
      logged_by: "clipboard",
      triggers: true,
    },
    {
      name: "program-start",
      dimensions: [{ field: "program", values: "text", words: [] }],
      logged_by: "programs",
      triggers: true,
    },
    {
      name: "program-end",
      dimensions: [{ field: "program", values: "text", words: [] }],
      logged_by: "program_ends",
      triggers: true,
    },
    {
      name: "response",
      dimensions: [
        {
          field: "action",
          values: "choice",
          words: ["mail", "webhook", "record-screen", "lock", "log-off", "disconnect"],
        },
      ],
      triggers: false,
    },
  ],
  actions: ["mail", "webhook", "record-screen", "lock", "log-off", "disconnect"],
  bounds: {
    triggers: 7,
    conditions: 2,
    description_chars: 120,
    recipients: 20,
    pause_seconds: { least: 0, most: 300 },
    before_seconds: { least: 10, most: 120 },
    after_minutes: { least: 1, most: 1440 },
    notice_seconds: { least: 0, most: 300 },
  },
};

export const POLICY_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: /^\/api\/v1\/event-kinds$/,
    needs: "signed-in",
    answer: () => json(EVENT_KINDS),
  },
  {
    method: "POST",
    path: /^\/api\/v1\/policies\/forecast$/,
    needs: ADMINISTRATORS,
    answer: ({ site }) => json(site.data.forecast),
  },
  ...routesOf(RECORDING),
  ...routesOf(DETECTION),
];
