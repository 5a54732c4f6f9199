/** From counts to a rate, and from days that had sessions to all days of a period. */
import type { Counts, Success } from "../../api/success";

const MINUTE_US = 60_000_000;
const DAY_US = 86_400_000_000;

export function recorded(counts: Counts): number {
  return counts.recorded + counts.interrupted;
}

export function notRecorded(counts: Counts): number {
  return counts.failed + counts.missing;
}

/** Sessions that were to be recorded and are settled: who declined is no failure. */
export function settled(counts: Counts): number {
  return recorded(counts) + notRecorded(counts);
}

/** The part that was recorded; nothing where there was nothing to record. */
export function rateOf(counts: Counts): number | undefined {
  const all = settled(counts);
  return all > 0 ? recorded(counts) / all : undefined;
}

/** A rate in words: never 100 % while one is missing, and never 0 % while there is one. */
export function formatRate(rate: number, locale: string): string {
  const bounded = rate === 1 || rate === 0 ? rate : Math.min(0.999, Math.max(0.001, rate));
  return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }).format(bounded);
}

export interface Day {
  /** Unix µs. */
  start: number;
  end: number;
  /** Absent where no session began. */
  counts?: Counts | undefined;
}

/** All days of a period that begins with one, oldest first. Days begin `offsetMinutes` before those of UTC. */
export function daysOf(days: Success["days"], fromUs: number, nowUs: number, offsetMinutes: number): Day[] {
  const offset = offsetMinutes * MINUTE_US;
  const known = new Map(days.map((day) => [day.day_us, day.sessions]));
  const all: Day[] = [];
  for (let start = startOfDay(fromUs, offset); start <= nowUs; start += DAY_US) {
    all.push({ start, end: start + DAY_US, counts: known.get(start) });
  }
  return all;
}

/** The first moment of the day, `days` days before it. */
export function dayBefore(nowUs: number, days: number, offsetMinutes: number): number {
  return startOfDay(nowUs, offsetMinutes * MINUTE_US) - days * DAY_US;
}

function startOfDay(us: number, offset: number): number {
  return Math.floor((us + offset) / DAY_US) * DAY_US - offset;
}

/** A day's name; days have the viewer's offset of now, also those on the other side of a change of clocks. */
export function formatDay(startUs: number, offsetMinutes: number, locale: string): string {
  const options = { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(locale, options).format((startUs + offsetMinutes * MINUTE_US) / 1000);
}
