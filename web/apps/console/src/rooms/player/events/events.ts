/** What is done with a recording's events before they are shown: order, filter, and which one belongs to a moment. Pure. */
import type { IndexedEvent } from "../../../api/recordings";

/** The kind under which events stand of which nothing is known but the time. */
export const SEALED = "sealed";

/** Kinds that are offered. Any program may make up its own; the search finds those, too. */
export const MOST_KINDS = 40;

export interface EventFilter {
  /** Words that must all be there, in any case. */
  text: string;
  /** None for all. */
  kinds: readonly string[];
}

export interface KindCount {
  kind: string;
  count: number;
}

/** In the order of time, whatever the index says; sealed ones with a word of their own. */
export function inOrder(events: readonly IndexedEvent[]): IndexedEvent[] {
  const named = events.map((event) => (event.kind === "" ? { ...event, kind: SEALED } : event));
  return named.sort((one, other) => one.time_us - other.time_us);
}

/** A name for each event that it keeps whatever comes besides. Of several that say the same the first ones are the same. */
export function keysOf(events: readonly IndexedEvent[]): string[] {
  const counts = new Map<string, number>();
  return events.map(({ time_us, kind, text }) => {
    const said = `${time_us} ${kind} ${text ?? ""}`;
    const before = counts.get(said) ?? 0;
    counts.set(said, before + 1);
    return `${before} ${said}`;
  });
}

export function isFiltered({ text, kinds }: EventFilter): boolean {
  return text.trim() !== "" || kinds.length > 0;
}

/** A text as it is compared, by the server's search, too: any case; full-width and half-width forms are the same. */
export function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** Words of a search; each must be there. */
export function wordsOf(text: string): string[] {
  return fold(text).split(/\s+/).filter(Boolean);
}

/** A text in parts, those apart that were looked for. */
export function marked(text: string, words: readonly string[]): { part: string; found: boolean }[] {
  const characters = [...text];
  const folded = characters.map(fold);
  const found = new Set<number>();
  for (const word of words) {
    for (let at = 0; at < folded.length; at += 1) {
      const length = lengthOf(folded, at, word);
      for (let one = at; one < at + length; one += 1) {
        found.add(one);
      }
    }
  }
  const parts: { part: string; found: boolean }[] = [];
  for (const [at, character] of characters.entries()) {
    const last = parts.at(-1);
    if (last?.found === found.has(at)) {
      last.part += character;
    } else {
      parts.push({ part: character, found: found.has(at) });
    }
  }
  return parts;
}

/** How many characters from one on begin with a word; 0 where they do not. */
function lengthOf(folded: readonly string[], from: number, word: string): number {
  let said = "";
  for (let at = from; at < folded.length && said.length < word.length; at += 1) {
    said += folded[at];
    if (said.startsWith(word)) {
      return at + 1 - from;
    }
    if (!word.startsWith(said)) {
      return 0;
    }
  }
  return 0;
}

/** Tells which events pass. `wordOf` says a kind as it is shown, so that what is seen can be searched for. */
export function passing(
  { text, kinds }: EventFilter,
  wordOf: (kind: string) => string,
): (event: Pick<IndexedEvent, "kind" | "text">) => boolean {
  const words = wordsOf(text);
  const chosen = new Set(kinds);
  return (event) => {
    if (chosen.size > 0 && !chosen.has(event.kind)) {
      return false;
    }
    const said = fold(`${wordOf(event.kind)} ${event.text ?? ""}`);
    return words.every((word) => said.includes(word));
  };
}

/** The kinds that occur, most frequent first, as many as are offered. */
export function countKinds(events: readonly IndexedEvent[]): KindCount[] {
  const counts = new Map<string, number>();
  for (const { kind } of events) {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts]
    .map(([kind, count]) => ({ kind, count }))
    .sort((one, other) => other.count - one.count)
    .slice(0, MOST_KINDS);
}

/** Index of the last event at a moment or before it, of events in order; -1 before the first. */
export function lastUntil(events: readonly Pick<IndexedEvent, "time_us">[], us: number): number {
  let [from, to] = [0, events.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((events[middle]?.time_us ?? 0) <= us) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return from - 1;
}

/** Index of an event where it is at the same moment as the one at `at`, whose index it is else. A list that was read anew has the same in others' places. */
export function besides(events: readonly IndexedEvent[], at: number, wanted: IndexedEvent): number {
  let found = at;
  for (let index = at; events[index]?.time_us === wanted.time_us; index -= 1) {
    const event = events[index];
    if (event === wanted) {
      return index;
    }
    if (event?.kind === wanted.kind && event.text === wanted.text) {
      found = index;
    }
  }
  return found;
}

/** The time of the event after a moment, or before it; nothing where there is none. */
export function timeBeside(
  events: readonly Pick<IndexedEvent, "time_us">[],
  us: number,
  forward: boolean,
): number | undefined {
  return events[forward ? lastUntil(events, us) + 1 : lastUntil(events, us - 1)]?.time_us;
}
