/** What the mock site starts with: enough to see every state of every room. Never shipped. */
import type { Schemas } from "@kinescope/api-client";
import type { DetectionDocument } from "../src/api/policies.ts";
import { someSessions } from "./sessions.ts";

export interface SiteData {
  people: (Schemas["UserItem"] & { password: string })[];
  recordings: Schemas["RecordingItem"][];
  /** What the list of recordings says of a search for events that did not find all. */
  reach: Pick<Schemas["RecordingPage"], "has_more" | "since_us">;
  /** What the indexes of recordings say of events, by id; those that are not here have a few. */
  indexes: Record<string, EventIndex>;
  machines: Schemas["MachineItem"][];
  sessions: Schemas["SessionItem"][];
  tokens: Schemas["EnrolmentToken"][];
  /** Id of the active policy. */
  policy: string;
  policies: KeptPolicy[];
  detection: { policy: string; policies: KeptPolicy<DetectionDocument>[] };
  sealing: Schemas["SetSealing"];
  notices: Schemas["NoticeSetting"];
  notifications: Schemas["NotificationSetting"];
  deliveries: Schemas["DeliveryItem"][];
  diagnostics: Schemas["DiagnosticItem"][];
  adminLog: Schemas["AdminLogItem"][];
  outcomes: Schemas["SessionOutcomeItem"][];
  responses: Schemas["ResponseItem"][];
  templates: Schemas["TemplateItem"][];
  forecast: Schemas["Forecast"];
  demo: boolean;
}

/** The part of a recording's index that tells of events. */
export interface EventIndex {
  sealed?: { classes: string[]; recipients: string[] };
  events: { time_us: number; kind: string; text: string }[];
  events_left_out: number;
}

/** A policy that somebody wrote. */
export interface KeptPolicy<Document = Schemas["PolicyDocument"]> {
  id: string;
  revision: number;
  changed_by: string;
  document: Document;
}

export const FINANCE: Schemas["PolicyDocument"] = {
  version: 1,
  name: "Finance desks",
  description: "Agreed with the works council",
  rules: [
    {
      name: "Finance",
      action: { do: "record-screen", notice: false },
      when: { who: [{ user: "ana" }, { group: "finance" }], where: [{ machine: "fin-*" }] },
    },
  ],
};

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const PASSWORD = "correct horse";

const PEOPLE = ["ana", "bela", "chidi", "dora", "emeka", "farid", "gitta", "hiro"];
const MACHINES = ["fin-01", "fin-02", "fin-03", "lab-07", "kiosk-berlin-entrance"];
const REASON = { policy: "record-everything", rule: null, text: "Everything is recorded" };

/** The same numbers each time, so that pictures and tests can be compared. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function recording(index: number, nowUs: number, random: () => number): Schemas["RecordingItem"] {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const live = index < 3;
  const state = live
    ? index === 2
      ? "silent"
      : "live"
    : index === 4
      ? "crashed"
      : index === 7
        ? "incomplete"
        : "finished";
  const start = nowUs - (live ? (index + 1) * 11 * MINUTE : index * 5 * HOUR + random() * HOUR);
  const duration = live ? nowUs - start : Math.floor((0.5 + random() * 180) * MINUTE);
  return {
    id: (0x0193_4f00_0000 + index).toString(16).padStart(12, "0").padEnd(32, "7"),
    user: pick(PEOPLE),
    machine: pick(MACHINES),
    display: `:${10 + Math.floor(random() * 5)}`,
    state,
    start_us: Math.floor(start),
    end_us: live ? null : Math.floor(start + duration),
    duration_us: Math.floor(duration),
    size_bytes: Math.floor(duration / 80 + random() * 2e6),
    start_reason: REASON,
    end_reason: live ? null : state === "crashed" ? "Lost: the machine went down" : "Logout",
    width: 1920,
    height: 1080,
    events_only: index === 9,
    notices: state === "incomplete" ? ["41 seconds are missing: the spool of the machine was full."] : [],
  };
}

/** A morning at a desk. */
export const FEW_EVENTS: EventIndex = {
  events: [
    { time_us: 0, kind: "session-start", text: "1920×1080" },
    { time_us: 4 * SECOND, kind: "opened", text: "xfce4-session was opened first" },
    { time_us: 21 * SECOND, kind: "lock", text: "" },
    { time_us: 94 * SECOND, kind: "unlock", text: "" },
    { time_us: 130 * SECOND, kind: "custom", text: "Invoice 4711 was released by ana" },
    { time_us: 155 * SECOND, kind: "lock", text: "" },
  ],
  events_left_out: 0,
};

function machine(index: number, nowUs: number): Schemas["MachineItem"] {
  const name = MACHINES[index] ?? `machine-${index}`;
  const online = index < 3;
  return {
    id: `m${index}`,
    name,
    os: "Debian GNU/Linux 12 (bookworm)",
    agent_version: index === 4 ? null : "0.1.0",
    enrolled_us: nowUs - 30 * DAY,
    last_seen_us: index === 4 ? null : nowUs - (online ? 4 * SECOND : 2 * DAY),
    online,
    recording: online ? index !== 1 : null,
    controllable: online ? true : null,
    revoked_us: index === 3 ? nowUs - DAY : null,
    live_recordings: online ? 1 : 0,
    spool_bytes: index === 4 ? null : index * 3_400_000,
    lost_bytes: index === 2 ? 1_200_000 : 0,
    expires_us: nowUs + (index === 5 ? -DAY : 60 * DAY),
    refused_copy:
      index === 0
        ? { time_us: nowUs - 5 * 60 * SECOND, address: "10.2.0.77", text: "It is on other hardware." }
        : null,
  };
}

export function freshSite(count = 240, nowUs = Date.now() * 1000): SiteData {
  const random = numbers(7);
  const person = (name: string, roles: Schemas["Role"][], enabled = true) => ({
    id: `u-${name}`,
    name,
    password: PASSWORD,
    roles,
    enabled,
    created_us: nowUs - 20 * DAY,
  });
  return {
    people: [
      person("admin", ["policy-administrator", "logging-reader", "player", "privileged-player"]),
      person("viewer", ["player"]),
      person("reader", ["policy-query"]),
      person("writer", ["logging-writer"]),
      person("new", []),
      person("gone", ["player"], false),
    ],
    recordings: Array.from({ length: count }, (_none, index) => recording(index, nowUs, random)),
    indexes: {},
    reach: { has_more: false },
    machines: MACHINES.map((_name, index) => machine(index, nowUs)),
    sessions: someSessions(),
    tokens: [
      {
        id: "t1",
        note: "lab-08",
        created_by: "admin",
        created_us: nowUs - HOUR,
        expires_us: nowUs + 23 * HOUR,
      },
      {
        id: "t2",
        note: "fin-03",
        created_by: "admin",
        created_us: nowUs - DAY,
        expires_us: nowUs - HOUR,
        used_us: nowUs - DAY,
        used_by: "m2",
      },
    ],
    policy: "record-everything",
    policies: [{ id: "f".repeat(32), revision: 3, changed_by: "ada", document: FINANCE }],
    detection: { policy: "machine-settings", policies: [] },
    sealing: { classes: [], recipients: [] },
    notifications: {},
    deliveries: [
      {
        id: "7".repeat(32),
        channel: "mail",
        recipient: "soc@example.org",
        outcome: "delivered",
        words: "250 2.0.0 kept",
        attempts: 1,
        queued_us: nowUs - 60_000_000,
        at_us: nowUs - 59_000_000,
        recording: "a".repeat(32),
        user: "ana",
        machine: "fin-03",
        time_us: 4_200_000,
        event: "popup",
        trigger: "A dialog",
        rule: "all",
        policy: "watch",
      },
    ],
    notices: {
      consent: false,
      patience_secs: 300,
      default_language: "en",
      built_in_texts: true,
      texts: [{ language: "ar", title: "جلستك قيد التسجيل", body: "تسجل مؤسستك هذه الجلسة." }],
    },
    diagnostics: Array.from({ length: 70 }, (_none, index) => ({
      time_us: nowUs - index * 17 * MINUTE,
      severity: index % 9 === 4 ? "error" : index % 5 === 1 ? "warning" : "info",
      number: 2001 + (index % 9),
      machine: index % 4 === 0 ? null : `m${index % 3}`,
      recording: index % 9 === 4 ? (0x0193_4f00_0007).toString(16).padStart(12, "0").padEnd(32, "7") : null,
      text:
        index % 9 === 4
          ? "The spool is full (512 MB); 1,200,000 bytes of recording were given up and are declared as a gap."
          : index % 5 === 1
            ? "The server was away for 42 s; the backlog has been sent."
            : "The agent has connected.",
    })),
    adminLog: [
      {
        id: 1,
        has_change: true,
        time_us: nowUs - 2 * MINUTE,
        user: "admin",
        address: "192.0.2.7",
        action: "policy-changed",
        target: "record-everything",
        detail: "Before: do-not-record.",
      },
      {
        id: 2,
        has_change: false,
        time_us: nowUs - 3 * MINUTE,
        user: "admin",
        address: "192.0.2.7",
        action: "login",
        target: null,
        detail: "",
      },
    ],
    outcomes: outcomes(nowUs),
    responses: responses(nowUs),
    templates: [],
    forecast: forecast(nowUs),
    demo: true,
  };
}

const WHY: Partial<Record<Schemas["SessionOutcome"], string>> = {
  failed: "its recorder ended: exit code 7",
  interrupted: "its recorder ended: it was ended by a signal",
  declined: "its user did not agree",
  missing: "every session is recorded",
};

/** Six sessions a day; of those of each fifth day one failed. */
const DONE = {
  mail: "a mail was asked for",
  "record-screen": "the screen is recorded",
  lock: "the session was locked",
} as const;

function responses(nowUs: number): Schemas["ResponseItem"][] {
  const random = numbers(5);
  const actions = ["lock", "mail", "record-screen"] as const;
  return Array.from({ length: 64 }, (_none, index) => {
    const action = actions[Math.floor(random() * 3)] ?? "mail";
    const refused = index % 9 === 4;
    const trigger = index % 2 === 0 ? "Payroll was opened" : "Many files were copied";
    const done = refused ? "the session was not locked: no locker is installed" : DONE[action];
    return {
      recording: (0x0193_4f00_0000 + index).toString(16).padStart(12, "0").padEnd(32, "7"),
      time_us: Math.floor(random() * 20 * MINUTE),
      at_us: Math.floor(nowUs - (index * 9 + random() * 5) * HOUR) - MINUTE,
      user: PEOPLE[index % PEOPLE.length] as string,
      machine: MACHINES[index % MACHINES.length] as string,
      action: refused ? "lock" : action,
      outcome: refused ? "refused" : action === "mail" ? "asked" : "done",
      trigger,
      of: index % 2 === 0 ? "topmost-window" : "file-created",
      detail: index % 2 === 0 ? "SAP: Payroll November" : "/srv/share/contracts/4711.pdf",
      rule: index % 2 === 0 ? "Finance" : "Everybody else",
      policy: "Evenings",
      text: `“${trigger}”: ${done}`,
    };
  });
}

function outcomes(nowUs: number): Schemas["SessionOutcomeItem"][] {
  const others = ["failed", "interrupted", "declined", "missing"] as const;
  return Array.from({ length: 240 }, (_none, index) => {
    const odd = index % 30 === 13 ? others[Math.floor(index / 30) % others.length] : undefined;
    const outcome = odd ?? "recorded";
    return {
      id: String(index + 1),
      machine_id: "m1",
      machine: MACHINES[index % MACHINES.length] as string,
      user: PEOPLE[index % PEOPLE.length] as string,
      display: ":10",
      began_us: Math.floor(nowUs - index * 4 * HOUR),
      over: index > 3,
      outcome,
      reason: WHY[outcome] ?? "every session is recorded",
      policy: "record-everything",
      rule: null,
      recording: outcome === "failed" ? null : "0".repeat(32),
    };
  });
}

function forecast(nowUs: number): Schemas["Forecast"] {
  const none = { screen_with_notice: 0, screen: 0, events_with_notice: 0, events: 0, nothing: 0 };
  return {
    running: { sessions: 3, active: { ...none, screen: 3 }, other: { ...none, screen: 3 }, changes: [] },
    running_unknown: 0,
    past: {
      sessions: 1930,
      active: { ...none, screen: 375, nothing: 1555 },
      other: { ...none, screen: 375, screen_with_notice: 37, nothing: 1518 },
      changes: [
        {
          from: "nothing",
          to: "screen-with-notice",
          sessions: 37,
          examples: [
            {
              user: "ana",
              machine: "fin-03",
              began_us: Math.floor(nowUs - DAY),
              reason_active: "no rule of policy “Desks” holds",
              reason_other: "rule “Finance” of policy “Finance desks” holds",
            },
          ],
        },
      ],
    },
    from_us: Math.floor(nowUs - 30 * DAY),
    known_since_us: Math.floor(nowUs - 60 * DAY),
    newest_only: false,
  };
}
