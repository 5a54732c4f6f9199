/**
 * A server of paper for development and tests: answers the REST interface from memory, with the same shapes, refusals and
 * orders as the real one. Never shipped; what it says is checked against the generated types.
 */
import type { Schemas } from "@kinescope/api-client";
import { json, nothing, problem } from "./answers.ts";
import { FEW_EVENTS, freshSite, type SiteData } from "./data.ts";
import { NOTICE_ROUTES } from "./notices.ts";
import { NOTIFICATION_ROUTES } from "./notifications.ts";
import { ADMINISTRATORS, POLICY_READERS, POLICY_ROUTES } from "./policies.ts";
import { RESPONSE_ROUTES } from "./responses.ts";
import { SESSION_ROUTES } from "./sessions.ts";
import { SUCCESS_ROUTES } from "./success.ts";
import { TEMPLATE_ROUTES } from "./templates.ts";

type Me = Schemas["Me"];
type Role = Schemas["Role"];

const PLAYERS: Role[] = ["player", "privileged-player"];
const LOG_READERS: Role[] = ["logging-reader"];

export interface Call {
  site: MockSite;
  me: Me;
  query: URLSearchParams;
  id: string;
  body: <T>() => Promise<T>;
}

export interface Route {
  method: string;
  path: RegExp;
  /** Nobody need be signed in where this is absent. */
  needs?: readonly Role[] | "signed-in";
  answer: (call: Call) => Promise<Response> | Response;
}

function nowUs(): number {
  return Date.now() * 1000;
}

const SORT_FIELDS = {
  start: (item: Schemas["RecordingItem"]) => item.start_us,
  user: (item: Schemas["RecordingItem"]) => item.user,
  machine: (item: Schemas["RecordingItem"]) => item.machine,
  duration: (item: Schemas["RecordingItem"]) => item.duration_us,
  size: (item: Schemas["RecordingItem"]) => item.size_bytes,
  state: (item: Schemas["RecordingItem"]) => item.state,
} as const;

function isGoingOn(item: Schemas["RecordingItem"]): boolean {
  return item.state === "live" || item.state === "silent";
}

function listRecordings({ site, query }: Call): Response {
  const words = (query.get("text") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const from = Number(query.get("from") ?? Number.NEGATIVE_INFINITY);
  const to = Number(query.get("to") ?? Number.POSITIVE_INFINITY);
  const state = query.get("state") ?? "all";
  const sort = query.get("sort") ?? "-start";
  const field = SORT_FIELDS[sort.replace("-", "") as keyof typeof SORT_FIELDS];
  const direction = sort.startsWith("-") ? -1 : 1;
  const found = site.data.recordings
    .filter((item) => state === "all" || isGoingOn(item) === (state === "live"))
    .filter((item) => !query.has("events_only") || String(item.events_only) === query.get("events_only"))
    .filter((item) => item.start_us < to && (item.end_us ?? nowUs()) >= from)
    .filter((item) => {
      const text = [item.user, item.machine, item.display, item.id].join(" ").toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .map((item) => withHits(site, item, query))
    .filter((item) => item.hits === undefined || (item.hits?.count ?? 0) > 0)
    .sort((a, b) => (field(a) < field(b) ? -direction : field(a) > field(b) ? direction : 0));
  const offset = Number(query.get("offset") ?? 0);
  const limit = Number(query.get("limit") ?? 50);
  return json({ items: found.slice(offset, offset + limit), total: found.length, ...site.data.reach });
}

/** The recording with what is looked for of its events, if anything is. */
function withHits(
  site: MockSite,
  item: Schemas["RecordingItem"],
  query: URLSearchParams,
): Schemas["RecordingItem"] {
  const [text, kinds] = [query.get("event_text"), query.get("event_kinds")?.split(",")];
  if (text === null && kinds === undefined) {
    return item;
  }
  const words = (text ?? "").toLowerCase().split(/\s+/);
  const hits = (site.data.indexes[item.id] ?? FEW_EVENTS).events
    .filter((event) => !kinds || kinds.includes(event.kind))
    .filter((event) => words.every((word) => event.text.toLowerCase().includes(word)));
  return { ...item, hits: { first: hits.slice(0, 3), count: hits.length } };
}

function page<T>(items: readonly T[], query: URLSearchParams): Response {
  const offset = Number(query.get("offset") ?? 0);
  return json({
    items: items.slice(offset, offset + Number(query.get("limit") ?? 100)),
    total: items.length,
  });
}

function sealing(site: MockSite): Response {
  const { classes, recipients } = site.data.sealing;
  return json({
    classes,
    // The server hashes the key; here any 32 digits that follow from it do.
    recipients: recipients.map((one) => ({ ...one, fingerprint: one.public_key.slice(-32) })),
    former: [],
    possible_classes: ["picture", "text", "events", "thumbnails"],
    most_recipients: 16,
  } satisfies Schemas["Sealing"]);
}

function withoutPassword({
  password: _password,
  ...person
}: SiteData["people"][number]): Schemas["UserItem"] {
  return person;
}

async function changePerson(
  call: Call,
  change: (person: SiteData["people"][number]) => Promise<void>,
): Promise<Response> {
  const person = call.site.data.people.find((one) => one.id === call.id);
  if (!person) {
    return problem(404, "not-found", "There is no such person.");
  }
  await change(person);
  return json(withoutPassword(person));
}

const ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: /^\/api\/v1\/login$/,
    answer: async ({ site, body }) => {
      const { user, password } = await body<Schemas["Login"]>();
      const person = site.data.people.find(
        (one) => one.name === user && one.password === password && one.enabled,
      );
      if (!person) {
        return problem(401, "login-failed", "User or password is wrong.");
      }
      site.signedIn = person.name;
      return json(site.me());
    },
  },
  {
    method: "POST",
    path: /^\/api\/v1\/logout$/,
    needs: "signed-in",
    answer: ({ site }) => {
      site.signedIn = undefined;
      return nothing();
    },
  },
  { method: "GET", path: /^\/api\/v1\/me$/, needs: "signed-in", answer: ({ me }) => json(me) },
  {
    method: "PUT",
    path: /^\/api\/v1\/me\/password$/,
    needs: "signed-in",
    answer: async ({ site, me, body }) => {
      const { current, new: fresh } = await body<Schemas["ChangePassword"]>();
      const person = site.data.people.find((one) => one.name === me.user);
      if (person?.password !== current) {
        return problem(403, "login-failed", "The present password is wrong.", "Enter it again.");
      }
      person.password = fresh;
      return nothing();
    },
  },
  { method: "GET", path: /^\/api\/v1\/recordings$/, needs: PLAYERS, answer: listRecordings },
  {
    method: "GET",
    path: /^\/api\/v1\/recordings\/([^/]+)$/,
    needs: PLAYERS,
    answer: ({ site, id }) => {
      const found = site.data.recordings.find((one) => one.id === id);
      return found ? json(found) : problem(404, "not-found", "There is no such recording.");
    },
  },
  {
    method: "GET",
    path: /^\/api\/v1\/recordings\/([^/]+)\/index$/,
    needs: PLAYERS,
    answer: ({ site, id }) => json(site.data.indexes[id] ?? FEW_EVENTS),
  },
  {
    method: "GET",
    path: /^\/api\/v1\/recordings\/([^/]+)\/session$/,
    needs: PLAYERS,
    answer: ({ site, id }) => json({ items: site.data.recordings.filter((one) => one.id === id) }),
  },
  {
    method: "GET",
    path: /^\/api\/v1\/machines$/,
    needs: ADMINISTRATORS,
    answer: ({ site }) => json({ items: site.data.machines }),
  },
  {
    method: "POST",
    path: /^\/api\/v1\/machines\/([^/]+)\/revoke$/,
    needs: ADMINISTRATORS,
    answer: ({ site, id }) => {
      const machine = site.data.machines.find((one) => one.id === id);
      if (!machine) {
        return problem(404, "not-found", "There is no such machine.");
      }
      Object.assign(machine, { revoked_us: nowUs(), online: false, live_recordings: 0 });
      return json(machine);
    },
  },
  {
    method: "GET",
    path: /^\/api\/v1\/enrolment-tokens$/,
    needs: ADMINISTRATORS,
    answer: ({ site }) => json({ items: site.data.tokens }),
  },
  {
    method: "POST",
    path: /^\/api\/v1\/enrolment-tokens$/,
    needs: ADMINISTRATORS,
    answer: async ({ site, me, body }) => {
      const { note = "", valid_secs } = await body<Schemas["CreateEnrolmentToken"]>();
      const item: Schemas["EnrolmentToken"] = {
        id: `t${site.data.tokens.length + 1}`,
        note,
        created_by: me.user,
        created_us: nowUs(),
        expires_us: nowUs() + (valid_secs ?? 86_400) * 1_000_000,
      };
      site.data.tokens.unshift(item);
      return json({ item, token: `Zm9yLXRlc3RzLW9ubHktbm90LXNlY3JldA.${"5c".repeat(32)}` }, 201);
    },
  },
  {
    method: "DELETE",
    path: /^\/api\/v1\/enrolment-tokens\/([^/]+)$/,
    needs: ADMINISTRATORS,
    answer: ({ site, id }) => {
      site.data.tokens = site.data.tokens.filter((token) => token.id !== id);
      return nothing();
    },
  },
  ...POLICY_ROUTES,
  ...NOTICE_ROUTES,
  ...RESPONSE_ROUTES,
  ...TEMPLATE_ROUTES,
  ...NOTIFICATION_ROUTES,
  ...SESSION_ROUTES,
  ...SUCCESS_ROUTES,
  {
    method: "GET",
    path: /^\/api\/v1\/sealing$/,
    needs: [...POLICY_READERS, "player", "privileged-player"],
    answer: ({ site }) => sealing(site),
  },
  {
    method: "PUT",
    path: /^\/api\/v1\/sealing$/,
    needs: ADMINISTRATORS,
    answer: async ({ site, body }) => {
      site.data.sealing = await body<Schemas["SetSealing"]>();
      return sealing(site);
    },
  },
  {
    method: "GET",
    path: /^\/api\/v1\/users$/,
    needs: ADMINISTRATORS,
    answer: ({ site }) => json({ items: site.data.people.map(withoutPassword) }),
  },
  {
    method: "POST",
    path: /^\/api\/v1\/users$/,
    needs: ADMINISTRATORS,
    answer: async ({ site, body }) => {
      const { name, password, roles = [] } = await body<Schemas["CreateUser"]>();
      if (site.data.people.some((one) => one.name === name)) {
        return problem(409, "conflict", `There is a person called ${name} already.`, "Choose another name.");
      }
      const person = { id: `u-${name}`, name, password, roles, enabled: true, created_us: nowUs() };
      site.data.people.push(person);
      return json(withoutPassword(person), 201);
    },
  },
  {
    method: "PUT",
    path: /^\/api\/v1\/users\/([^/]+)\/roles$/,
    needs: ADMINISTRATORS,
    answer: (call) =>
      changePerson(call, async (person) => {
        person.roles = (await call.body<Schemas["SetRoles"]>()).roles;
      }),
  },
  {
    method: "PUT",
    path: /^\/api\/v1\/users\/([^/]+)$/,
    needs: ADMINISTRATORS,
    answer: (call) =>
      changePerson(call, async (person) => {
        const { enabled, password } = await call.body<Schemas["UpdateUser"]>();
        person.enabled = enabled ?? person.enabled;
        person.password = password ?? person.password;
      }),
  },
  {
    method: "GET",
    path: /^\/api\/v1\/diagnostics$/,
    needs: LOG_READERS,
    answer: ({ site, query }) => page(site.data.diagnostics, query),
  },
  {
    method: "GET",
    path: /^\/api\/v1\/admin-log$/,
    needs: LOG_READERS,
    answer: ({ site, query }) => page(query.get("about") === "recordings" ? [] : site.data.adminLog, query),
  },
  {
    method: "GET",
    path: /^\/api\/v1\/admin-log\/([^/]+)$/,
    needs: LOG_READERS,
    answer: ({ site, id }) => {
      const item = site.data.adminLog.find((one) => one.id === Number(id));
      return item
        ? json({
            item,
            before: "Do not record",
            after: '{"name":"Finance"}',
          } satisfies Schemas["AdminLogEntry"])
        : problem(404, "not-found", "There is no such entry of the log.");
    },
  },
];

export class MockSite {
  data: SiteData;
  /** Name of who is signed in; there is one web session at a time. */
  signedIn: string | undefined;

  constructor(data: SiteData = freshSite()) {
    this.data = data;
  }

  me(): Me {
    const person = this.data.people.find((one) => one.name === this.signedIn);
    return {
      user: person?.name ?? "",
      roles: person?.roles ?? [],
      demo: this.data.demo,
      server: { version: "0.1.0" },
    };
  }

  /** Answers as the server would. */
  async handle(request: Request): Promise<Response> {
    const url = new URL(request.url);
    for (const route of ROUTES) {
      const match = route.path.exec(url.pathname);
      if (!match || route.method !== request.method) {
        continue;
      }
      const me = this.me();
      if (route.needs && this.signedIn === undefined) {
        return problem(401, "not-signed-in", "Nobody is signed in.", "Log in.");
      }
      if (Array.isArray(route.needs) && !route.needs.some((role) => me.roles.includes(role))) {
        return problem(403, "not-allowed", "The role for this is missing.", "Ask a policy administrator.");
      }
      const body = async <T>() => (await request.json()) as T;
      return route.answer({
        site: this,
        me,
        query: url.searchParams,
        id: decodeURIComponent(match[1] ?? ""),
        body,
      });
    }
    return problem(404, "not-found", "There is no such address.");
  }
}
