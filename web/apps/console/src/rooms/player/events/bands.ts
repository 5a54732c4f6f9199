/** What was on top over time, and when nothing happened or nobody could see: from events to bands. Pure. */
import type { IndexedEvent } from "../../../api/recordings";

/** From and to, in µs since the recording's start. */
export type Span = readonly [number, number];

export interface Band {
  /** A program; nothing for the rest of them. */
  program?: string;
  spans: Span[];
  totalUs: number;
}

export interface Bands {
  /** The programs that were longest on top, and the others together. */
  programs: Band[];
  idle: Span[];
  locked: Span[];
}

/** Programs that have a band of their own. */
const MOST_PROGRAMS = 6;

/** Of events in order; the last thing lasts to the end of what there is. */
export function bandsOf(events: readonly IndexedEvent[], durationUs: number): Bands {
  const end = Math.max(durationUs, events.at(-1)?.time_us ?? 0);
  const windows = events.filter(({ kind }) => kind === "topmost-window");
  const byProgram = new Map<string, Band>();
  for (const [at, { time_us: from, text }] of windows.entries()) {
    const program = programOf(text ?? "");
    const to = windows[at + 1]?.time_us ?? end;
    const band = byProgram.get(program) ?? { program, spans: [], totalUs: 0 };
    join(band.spans, from, to);
    band.totalUs += to - from;
    byProgram.set(program, band);
  }
  const longest = [...byProgram.values()].sort((one, other) => other.totalUs - one.totalUs);
  const rest = longest.slice(MOST_PROGRAMS);
  const others: Band = {
    spans: rest.flatMap(({ spans }) => spans),
    totalUs: rest.reduce((sum, { totalUs }) => sum + totalUs, 0),
  };
  return {
    programs: [...longest.slice(0, MOST_PROGRAMS), ...(rest.length > 0 ? [others] : [])],
    idle: between(events, "idle", "idle-end", end),
    locked: between(events, "lock", "unlock", end),
  };
}

/** A window's text begins with its program, where that is known. */
function programOf(text: string): string {
  const at = text.indexOf(": ");
  return at > 0 ? text.slice(0, at) : text;
}

/** Spans that touch are one. */
function join(spans: Span[], from: number, to: number): void {
  const last = spans.at(-1);
  if (last?.[1] === from) {
    spans[spans.length - 1] = [last[0], to];
  } else {
    spans.push([from, to]);
  }
}

function between(events: readonly IndexedEvent[], begins: string, ends: string, end: number): Span[] {
  const spans: Span[] = [];
  let since: number | undefined;
  for (const { kind, time_us } of events) {
    if (kind === begins) {
      since ??= time_us;
    } else if (kind === ends && since !== undefined) {
      spans.push([since, time_us]);
      since = undefined;
    }
  }
  return since === undefined ? spans : [...spans, [since, end]];
}

export function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, [from, to]) => sum + to - from, 0);
}
