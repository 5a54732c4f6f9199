/** What is said of a recording before anything of it is known, and how the engine's objects become plain ones. */
import type { Mark, MonitorArea, Status } from "./messages.ts";

export const NOTHING_YET: Status = {
  state: "loading",
  seeks: 0,
  position: 0,
  picture: -1,
  edge: 0,
  speed: 1,
  playing: false,
  backwards: false,
  skipsRests: false,
  live: false,
  following: false,
  tail: "none",
  delay: 0,
  notice: null,
  sealed: null,
  width: 0,
  height: 0,
  monitors: [],
  hasPicture: true,
  figures: null,
  figuresRead: false,
  bytesFetched: 0,
  trouble: null,
};

/** Copies a monitor out of the engine's memory. */
export function area(monitor: MonitorArea & { free(): void }): MonitorArea {
  const { name, x, y, width, height } = monitor;
  monitor.free();
  return { name, x, y, width, height };
}

/** Copies a mark out of the engine's memory. */
export function plain(mark: Mark & { free(): void }): Mark {
  const { from, to, kind, text } = mark;
  mark.free();
  return { from, to, kind, text };
}
