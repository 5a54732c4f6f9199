/** What the addresses of the rooms may say. Anything else in an address is ignored rather than refused. */
import type { RecordingQuery } from "@kinescope/api-client";

type Fields = Record<string, unknown>;

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function oneOf<Word extends string>(words: readonly Word[], value: unknown): Word | undefined {
  return words.find((word) => word === value);
}

/** Columns a list of recordings can be sorted by; `-` in front means descending. */
export const SORT_COLUMNS = ["state", "user", "machine", "start", "duration", "size"] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];
export type Sort = NonNullable<RecordingQuery["sort"]>;

const SORTS: readonly Sort[] = SORT_COLUMNS.flatMap((column): Sort[] => [column, `-${column}`]);

export interface RecordingsSearch {
  text?: string | undefined;
  /** First and last day, in the viewer's calendar. */
  from?: string | undefined;
  to?: string | undefined;
  state?: "live" | "finished" | undefined;
  /** Only those without a picture. */
  kind?: "events" | undefined;
  /** Something happened whose text holds these words, and of these kinds: spelled as the player's address does it. */
  find?: string | undefined;
  kinds?: string | undefined;
  /** Without it: live ones first, then by start, newest first. */
  sort?: Sort | undefined;
}

export function readRecordingsSearch(fields: Fields): RecordingsSearch {
  return {
    text: text(fields.text)?.slice(0, 256),
    from: text(fields.from),
    to: text(fields.to),
    state: oneOf(["live", "finished"] as const, fields.state),
    kind: oneOf(["events"] as const, fields.kind),
    ...readEventSearch(fields),
    sort: oneOf(SORTS, fields.sort),
  };
}

/** What of events is looked for, in a list and beside the player. */
function readEventSearch(fields: Fields) {
  return { find: text(fields.find)?.slice(0, 256), kinds: text(fields.kinds)?.slice(0, 2_048) };
}

export interface PlayerSearch {
  /** Position in seconds since the recording's start; a live recording without it opens at now. */
  t?: number | undefined;
  /** What is beside the player; without it the recording's details. */
  panel?: "events" | "off" | undefined;
  /** Events are looked for by these words. */
  find?: string | undefined;
  /** Kinds of events that are listed, in an address's spelling with commas between; all without it. */
  kinds?: string | undefined;
  /** It plays at once: the session goes on here. */
  play?: "on" | undefined;
}

export function readPlayerSearch(fields: Fields): PlayerSearch {
  const seconds = Number(text(fields.t) ?? (typeof fields.t === "number" ? fields.t : Number.NaN));
  return {
    t: Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined,
    // `details=off` is how addresses said it that somebody may have kept.
    panel: oneOf(["events", "off"] as const, fields.panel ?? fields.details),
    ...readEventSearch(fields),
    play: oneOf(["on"] as const, fields.play),
  };
}

export interface NoticesSearch {
  /** The language whose text is shown; the default one without it. */
  language?: string | undefined;
}

export function readNoticesSearch(fields: Fields): NoticesSearch {
  return { language: text(fields.language)?.slice(0, 35) };
}

export interface AuditSearch {
  log?: "administration" | "recordings" | undefined;
  page?: number | undefined;
}

export function readAuditSearch(fields: Fields): AuditSearch {
  const page = Number(fields.page);
  return {
    log: oneOf(["administration", "recordings"] as const, fields.log),
    page: Number.isInteger(page) && page > 1 ? page : undefined,
  };
}

/** For how many days back pages tell; of sessions the server knows for about so many. */
export const PERIODS_DAYS = [7, 30, 90] as const;
export type Days = (typeof PERIODS_DAYS)[number];
export const DEFAULT_DAYS: Days = 30;

export interface SuccessSearch {
  days?: Days | undefined;
  /** The start of the one day whose sessions are listed (Unix µs). */
  day?: number | undefined;
  /** What is listed; without it the sessions that failed. */
  list?: "declined" | "undecided" | "all" | undefined;
  page?: number | undefined;
}

export function readSuccessSearch(fields: Fields): SuccessSearch {
  const [page, day] = [Number(fields.page), Number(fields.day)];
  return {
    days: PERIODS_DAYS.find((days) => days === Number(fields.days)),
    day: Number.isSafeInteger(day) && day > 0 ? day : undefined,
    list: oneOf(["declined", "undecided", "all"] as const, fields.list),
    page: Number.isInteger(page) && page > 1 ? page : undefined,
  };
}

export const RESPONSE_ACTIONS = [
  "mail",
  "webhook",
  "record-screen",
  "lock",
  "log-off",
  "disconnect",
] as const;
export const RESPONSE_OUTCOMES = ["done", "asked", "refused"] as const;

export interface ResponsesSearch {
  days?: Days | undefined;
  /** The start of the one day whose responses are listed (Unix µs). */
  day?: number | undefined;
  text?: string | undefined;
  action?: (typeof RESPONSE_ACTIONS)[number] | undefined;
  outcome?: (typeof RESPONSE_OUTCOMES)[number] | undefined;
  page?: number | undefined;
}

export function readResponsesSearch(fields: Fields): ResponsesSearch {
  const { days, day, page } = readSuccessSearch(fields);
  return {
    days,
    day,
    text: text(fields.text)?.slice(0, 256),
    action: oneOf(RESPONSE_ACTIONS, fields.action),
    outcome: oneOf(RESPONSE_OUTCOMES, fields.outcome),
    page,
  };
}

export interface LoginSearch {
  /** Where to go afterwards: an address of this console. */
  to?: string | undefined;
  /** The session ended while somebody was at work. */
  ended?: "yes" | undefined;
}

export function readLoginSearch(fields: Fields): LoginSearch {
  const to = text(fields.to);
  // `//host` and `/\host` are addresses of other sites to a browser.
  const own = to !== undefined && /^\/(?![/\\])/.test(to);
  return { to: own ? to : undefined, ended: oneOf(["yes"] as const, fields.ended) };
}
