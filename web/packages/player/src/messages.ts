/** What the element and its worker say to each other. Times are microseconds since the recording's start. */

/** A period or a moment of the recording. `kind` and `text` come from the recorded machine: never put them into markup. */
export interface Mark {
  from: number;
  to: number;
  kind: string;
  text: string;
}

/** What the seek bar shows beside the position. */
export interface TimelineMap {
  missing: Mark[];
  happenings: Mark[];
  /** Periods in which nothing changed: starts and ends in turn. */
  idle: number[];
  /** Unix microseconds at the recording's start; 0 where not known. */
  startedUnixUs: number;
}

/** A monitor's place on the picture, in pixels. The name comes from the recorded machine. */
export interface MonitorArea {
  name: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What the player is doing, in one word. */
export type PlayerState = "loading" | "playing" | "paused" | "buffering" | "ended" | "failed";

/** Why something does not work, and what happens next. */
export interface Trouble {
  kind: "network" | "refused" | "gone" | "unreadable" | "engine";
  /** For people with a support contract: the cause as the browser or the server named it. */
  detail: string;
  /** When the player tries again by itself, on the clock of `Date.now()`; 0 if it does not. */
  retryAt: number;
}

/** What of the recording is sealed. */
export interface Sealed {
  /** Words of the format: picture, text, events, thumbnails. */
  classes: string[];
  /** Fingerprints of the keys that open it. */
  recipients: string[];
  /** A key is there that opens them. */
  opened: boolean;
  /** The picture at the position is sealed, and no key is there that opens it. */
  locked: boolean;
}

/** How busy the machine was over a few seconds, on average. */
export interface Figures {
  from: number;
  to: number;
  /** Of all processors, 0 to 100. */
  cpuPercent: number;
  memoryBytes: number;
  /** A second. */
  receivedBytes: number;
  sentBytes: number;
  /** Nothing where it is not known. */
  roundTripMs: number | null;
}

/** What of that is to be read: nothing, what belongs to the position, or all. */
export type PerformanceWanted = "nothing" | "here" | "whole";

/** What became of a key that was given. */
export type KeyOutcome = "opens" | "other" | "wants-passphrase" | "wrong-passphrase" | "unusable";

export interface KeyAnswer {
  outcome: KeyOutcome;
  /** Why it cannot be used. */
  detail: string;
}

/** A copy of what was printed. Its name comes from the recorded machine, and what is in it is as hostile as anything that was recorded. */
export interface PrintedDocument {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Why one cannot be had. `pending`: it is not stored yet; `closed`: nobody is there who could read it. */
export type DocumentTrouble =
  | Trouble["kind"]
  | "sealed"
  | "damaged"
  | "too-large"
  | "not-found"
  | "pending"
  | "closed";

export type DocumentAnswer = PrintedDocument[] | DocumentTrouble;

export interface Status {
  state: PlayerState;
  /** How many `seek` messages had come when this was said: an older position must not undo a newer wish. */
  seeks: number;
  position: number;
  /** When the picture shown came; negative without one. */
  picture: number;
  /** The end; of a live recording, now. */
  edge: number;
  speed: number;
  playing: boolean;
  /** Playing goes backwards, a change at a time. */
  backwards: boolean;
  /** Rests are passed by. */
  skipsRests: boolean;
  /** More may come. */
  live: boolean;
  /** New pictures are shown as they come. */
  following: boolean;
  /** The recorded machine has gone silent, or the connection that brings the tail is lost. */
  tail: "none" | "live" | "silent" | "lost";
  /** Behind now, in seconds; meaningful while live. */
  delay: number;
  notice: Mark | null;
  /** Nothing where nothing is sealed. */
  sealed: Sealed | null;
  width: number;
  height: number;
  /** From left to right; none where the whole picture is one monitor's. */
  monitors: MonitorArea[];
  /** Some part has a picture; false only where it is known that none has. */
  hasPicture: boolean;
  /** What the machine did at the position, where that is wanted and known. */
  figures: Figures | null;
  /** All that is wanted of this has been read. */
  figuresRead: boolean;
  bytesFetched: number;
  trouble: Trouble | null;
}

/** A picture's pixels: RGBA, row by row. */
export interface Picture {
  width: number;
  height: number;
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** Detail of the element's `frame` event. */
export interface FrameDetail {
  /** The recording's time of the picture that was drawn. */
  time_us: number;
  /** When it was on the canvas, on the clock of `Date.now()`, with fractions of a millisecond. */
  drawn: number;
}

/** Detail of the element's `seeked` event: the picture that belongs to the position is on the canvas. */
export interface SeekedDetail {
  /** The position, in microseconds. */
  time_us: number;
  /** When that was so, on the clock of `Date.now()`, with fractions of a millisecond. */
  drawn: number;
  /** The part of the time since the seek that decoding took. */
  decoding_ms: number;
}

export type ToWorker =
  | { type: "open"; base: string; canvas: OffscreenCanvas; start: number | null }
  | { type: "seek"; to: number }
  | { type: "play" | "backwards" | "pause" | "stop" | "live" | "retry" }
  /** Somebody may go there next; or, without a place, nowhere. */
  | { type: "expect"; at: number | null }
  /** Asks for the thumbnail of a moment. */
  | { type: "thumbnail"; at: number }
  | { type: "speed"; speed: number }
  | { type: "skip-rests"; skip: boolean }
  | { type: "step"; forward: boolean }
  | { type: "performance"; wanted: PerformanceWanted }
  | { type: "key"; id: number; file: string; passphrase: string }
  /** Asks for what an event of this moment says was printed; without a text for all of them. */
  | { type: "document"; id: number; at: number; text: string }
  | { type: "pixels"; id: number; from: "engine" | "canvas" };

export type FromWorker =
  | { type: "status"; status: Status }
  | { type: "map"; map: TimelineMap }
  /** All figures read so far, seven numbers each; see figures.ts. */
  | { type: "figures"; numbers: Float64Array<ArrayBuffer> }
  | { type: "frame"; detail: FrameDetail }
  | { type: "seeked"; detail: SeekedDetail }
  /** The thumbnail that was asked for last; without a picture there is none. */
  | { type: "thumbnail"; time: number; picture: ImageBitmap | null }
  | { type: "pointer"; x: number; y: number; visible: boolean }
  | {
      type: "shape";
      hotX: number;
      hotY: number;
      width: number;
      height: number;
      rgba: Uint8ClampedArray<ArrayBuffer>;
    }
  | { type: "key"; id: number; answer: KeyAnswer }
  | { type: "document"; id: number; answer: DocumentAnswer }
  | { type: "pixels"; id: number; picture: Picture | null };
