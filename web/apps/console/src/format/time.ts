/** Moments and lengths in words. Moments come as Unix microseconds and are shown in the viewer's zone. */

const US_PER_MS = 1_000;
const MS_PER_DAY = 86_400_000;

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * MS_PER_DAY],
  ["month", 30 * MS_PER_DAY],
  ["day", MS_PER_DAY],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

export function toDate(us: number): Date {
  return new Date(us / US_PER_MS);
}

export function toUs(date: Date): number {
  return date.getTime() * US_PER_MS;
}

// Making a formatter costs far more than using it, and a list formats hundreds of moments at a time.
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${JSON.stringify(options)}`;
  let found = formatters.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(language, options);
    formatters.set(key, found);
  }
  return found;
}

/** How exactly a moment is written. */
export type Precision = "minute" | "second";

/** Day and time, without the zone: `Nov 20, 2026, 14:03:07`. */
export function formatMoment(us: number, language: string, precision: Precision = "second"): string {
  const timeStyle = precision === "second" ? "medium" : "short";
  return formatter(language, { dateStyle: "medium", timeStyle, hourCycle: "h23" }).format(toDate(us));
}

/** Day, time and zone, where a moment stands alone. */
export function formatMomentWithZone(us: number, language: string): string {
  return `${formatMoment(us, language)} ${zoneName(language, toDate(us))}`;
}

/** Short name of the viewer's zone at that moment: `CET`, `UTC`, `GMT+5:30`. */
export function zoneName(language: string, at: Date = new Date()): string {
  const parts = formatter(language, { timeZoneName: "short" }).formatToParts(at);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? "";
}

/** `3 minutes ago`, `in 2 days`; below a minute `now`. */
export function formatRelative(us: number, language: string, nowMs: number = Date.now()): string {
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const difference = us / US_PER_MS - nowMs;
  for (const [unit, size] of STEPS) {
    if (Math.abs(difference) >= size) {
      return words.format(Math.trunc(difference / size), unit);
    }
  }
  return words.format(0, "second");
}

/** The time of day alone, where the day is known: `14:03:07`. */
export function formatTimeOfDay(us: number, language: string): string {
  return formatter(language, { timeStyle: "medium", hourCycle: "h23" }).format(toDate(us));
}

/**
 * A length as a clock: `0:07`, `12:30`, `1:02:03`. Negative lengths, which a stepped clock can cause, count as none. In a list
 * that has hours elsewhere (`longestUs`), hours are written everywhere.
 */
export function formatLength(us: number, longestUs = us): string {
  const seconds = Math.max(0, Math.floor(us / 1_000_000));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return Math.max(us, longestUs) >= 3_600_000_000
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
}

/** A day of the viewer's calendar as it stands in an address: `2026-11-20`. */
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

/** First moment of a day (Unix µs) in the viewer's zone, `later` days after it; nothing where the text is no day. */
export function startOfDayUs(day: string, later = 0): number | undefined {
  const match = DAY.exec(day);
  if (!match) {
    return undefined;
  }
  const [year, month, date] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const named = new Date(year, month - 1, date);
  // Date carries over: the 31st of February would silently be a day in March.
  if (named.getMonth() !== month - 1 || named.getDate() !== date) {
    return undefined;
  }
  return toUs(new Date(year, month - 1, date + later));
}
