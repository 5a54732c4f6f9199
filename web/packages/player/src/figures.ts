/** How busy the recorded machine was: what is done with the engine's figures before they are shown. Pure. */
import type { Figures } from "./messages.ts";

/** Numbers that the engine tells for each stretch of time. */
const EACH = 7;

/** What can be shown, in the order in which it is. */
export const MEASURES = ["cpu", "memory", "received", "sent", "roundTrip"] as const;

export type Measure = (typeof MEASURES)[number];

/** One stretch out of the engine's numbers; nothing where there is none. */
export function figuresOf(numbers: ArrayLike<number>, at = 0): Figures | null {
  const [from, to, cpuPercent, memoryBytes, receivedBytes, sentBytes, roundTrip] = Array.from(
    { length: EACH },
    (_none, index) => numbers[at * EACH + index],
  );
  if (from === undefined || roundTrip === undefined) return null;
  return {
    from,
    to: to ?? from,
    cpuPercent: cpuPercent ?? 0,
    memoryBytes: memoryBytes ?? 0,
    receivedBytes: receivedBytes ?? 0,
    sentBytes: sentBytes ?? 0,
    roundTripMs: roundTrip < 0 ? null : roundTrip,
  };
}

/** All of them, in order. */
export function allFigures(numbers: ArrayLike<number>): Figures[] {
  const all: Figures[] = [];
  for (let at = 0; (at + 1) * EACH <= numbers.length; at += 1) {
    const figures = figuresOf(numbers, at);
    if (figures) all.push(figures);
  }
  return all;
}

/** The value of one measure; nothing where it is not known. */
export function measured(figures: Figures, measure: Measure): number | null {
  if (measure === "cpu") return figures.cpuPercent;
  if (measure === "memory") return figures.memoryBytes;
  if (measure === "received") return figures.receivedBytes;
  if (measure === "sent") return figures.sentBytes;
  return figures.roundTripMs;
}

/** Events come a little later than the seconds that they tell of: so far the figures before hold. */
const LATE_US = 1_000_000;

/** Those that stand for a moment, of figures in order. */
export function figuresAt(all: readonly Figures[], us: number): Figures | null {
  let [from, to] = [0, all.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((all[middle]?.from ?? 0) <= us) from = middle + 1;
    else to = middle;
  }
  const found = all[from - 1];
  return found && us < found.to + LATE_US ? found : null;
}

/** What is drawn over one pixel: the mean, and how far up it went within. */
export interface Column {
  x: number;
  mean: number;
  most: number;
}

/** Stretches of columns that follow each other; between two of them nothing is known. */
export function columnsOf(
  all: readonly Figures[],
  measure: Measure,
  durationUs: number,
  width: number,
): Column[][] {
  const runs: Column[][] = [];
  let run: Column[] = [];
  let [count, until] = [0, Number.NaN];
  for (const figures of all) {
    const value = measured(figures, measure);
    if (value === null || durationUs <= 0) continue;
    const x = Math.min(width - 1, Math.floor((figures.from / durationUs) * width));
    const last = run.at(-1);
    if (last && figures.from > until + LATE_US) {
      run = [];
      count = 0;
    }
    if (last && last.x === x && run.length > 0) {
      count += 1;
      last.mean += (value - last.mean) / count;
      last.most = Math.max(last.most, value);
    } else {
      if (run.length === 0) runs.push(run);
      run.push({ x, mean: value, most: value });
      count = 1;
    }
    until = figures.to;
  }
  return runs;
}

/** The least round number that nothing exceeds: 1, 2 or 5 times a power of ten; of shares of processors always 100. */
export function scaleOf(all: readonly Figures[], measures: readonly Measure[]): number {
  if (measures.includes("cpu")) return 100;
  let most = 1;
  for (const figures of all) for (const one of measures) most = Math.max(most, measured(figures, one) ?? 0);
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((times) => times * power).find((scale) => scale >= most) ?? most;
}

/** `3.4 GB`, with units of a thousand. */
export function bytesLabel(bytes: number, locale?: string): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  const digits = step > 0 && value < 10 ? 1 : 0;
  const shown = new Intl.NumberFormat(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${shown.format(value)} ${units[step]}`;
}

/** A measure's value as people read it. */
export function valueLabel(measure: Measure, value: number | null, locale?: string): string {
  if (value === null) return "–";
  if (measure === "cpu") return `${Math.round(value)} %`;
  if (measure === "memory") return bytesLabel(value, locale);
  if (measure === "roundTrip") return `${Math.round(value)} ms`;
  return `${bytesLabel(value, locale)}/s`;
}
