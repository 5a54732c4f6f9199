/** What happened in a recording, for pages that list it, and the way from one event to another. Pure. */
import type { Mark } from "./messages.ts";

/** An event of the recording. `kind` and `text` come from the recorded machine: never put them into markup. */
export interface PlayerEvent {
  /** Microseconds since the recording's start. */
  readonly time_us: number;
  /** A word of the format, or any other; `sealed` where that something happened is all that is known. */
  readonly kind: string;
  readonly text: string;
}

/** While playing, the event before is not the one that has just passed: who asks twice goes back twice. */
const JUST_PASSED_US = 1_000_000;

export function eventOf({ from, kind, text }: Mark): PlayerEvent {
  return { time_us: from, kind, text };
}

/** The time of the event after a position, or before it; nothing where there is none. The list need not be in order. */
export function eventBeside(
  events: readonly PlayerEvent[],
  position: number,
  forward: boolean,
  playing: boolean,
): number | undefined {
  const limit = !forward && playing ? position - JUST_PASSED_US : position;
  let found: number | undefined;
  for (const { time_us: time } of events) {
    const beyond = forward ? time > limit : time < limit;
    const nearer = found === undefined || (forward ? time < found : time > found);
    if (beyond && nearer) found = time;
  }
  return found;
}
