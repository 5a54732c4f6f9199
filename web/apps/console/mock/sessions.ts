/** The mock site's sessions that run now, and orders to them. */
import type { Schemas } from "@kinescope/api-client";
import { json } from "./answers.ts";
import { ADMINISTRATORS } from "./policies.ts";
import type { Call, Route } from "./site.ts";

type Session = Schemas["SessionItem"];

/** How the reason of a recording ends that somebody added to the policy's. */
const BELOW = "; the policy records events only";

export function someSessions(): Session[] {
  const session = (number: number, user: string, change: Partial<Session>): Session => ({
    id: `m${number}.10-1-${number}`,
    machine_id: `m${number}`,
    machine: `fin-0${number}`,
    user,
    display: ":10",
    recording: `01J0000000000000000000000${number}`,
    started_by: "policy",
    events_only: false,
    why: "every session is recorded",
    user_may_start: false,
    controllable: true,
    ...change,
  });
  return [
    session(1, "ana", { events_only: true, why: "rule “Desks” of policy “Finance”" }),
    session(2, "ben", {}),
    session(3, "eve", { recording: null, started_by: null, events_only: null, why: "no rule says so" }),
    session(4, "ida", { controllable: false, events_only: true }),
  ];
}

async function control({ site, body }: Call): Promise<Response> {
  const { order, sessions = [] } = await body<Schemas["ControlSessions"]>();
  const items = sessions.map((id): Schemas["ControlledSession"] => {
    const session = site.data.sessions.find((one) => one.id === id);
    if (!session) {
      return { session: id, outcome: "no-answer", text: "" };
    }
    const outcome = order === "start" ? start(session) : stop(session);
    const { user, machine, recording } = session;
    return { session: id, user, machine, outcome, text: "", ...(recording && { recording }) };
  });
  return json({ items } satisfies Schemas["ControlledSessions"]);
}

function start(session: Session): Schemas["ControlOutcome"] {
  if (session.recording && !session.events_only) {
    return "already-recorded";
  }
  const why = `administrator admin started it${session.recording ? BELOW : ""}`;
  const recording = `01J00000000000000000000S${session.machine_id}`;
  Object.assign(session, { recording, started_by: "administrator", events_only: false, why });
  return "started";
}

function stop(session: Session): Schemas["ControlOutcome"] {
  if (!session.recording) {
    return "not-recorded";
  }
  if (session.why.endsWith(BELOW)) {
    const recording = `01J00000000000000000000E${session.machine_id}`;
    Object.assign(session, { recording, started_by: "policy", events_only: true, why: "rule “Desks”" });
  } else {
    Object.assign(session, { recording: null, started_by: null, events_only: null, why: "stopped" });
  }
  return "stopped";
}

export const SESSION_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: /^\/api\/v1\/sessions$/,
    needs: ADMINISTRATORS,
    answer: ({ site }) => json({ items: site.data.sessions }),
  },
  {
    method: "POST",
    path: /^\/api\/v1\/sessions\/control$/,
    needs: ADMINISTRATORS,
    answer: control,
  },
];
