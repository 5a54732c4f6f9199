/** Every text of the player. Another language is another object of the same shape: `player.texts = german`. */

import type { Measure } from "./figures.ts";
import type { KeyOutcome } from "./messages.ts";

export interface PlayerTexts {
  player: string;
  picture: string;
  play: string;
  pause: string;
  stop: string;
  backwards: string;
  skipRests: string;
  back7: string;
  stepBack: string;
  stepForward: string;
  speed: string;
  seekBar: string;
  seekTime: (time: string, length: string) => string;
  fit: string;
  original: string;
  monitor: string;
  allMonitors: string;
  absolute: string;
  relative: string;
  fullScreen: string;
  leaveFullScreen: string;
  help: string;
  close: string;
  live: string;
  liveDelay: (seconds: string) => string;
  jumpToLive: string;
  behind: (time: string) => string;
  silent: string;
  reconnecting: string;
  loading: string;
  buffering: string;
  waitingForPicture: string;
  retryNow: string;
  retryIn: (seconds: number) => string;
  network: string;
  refused: string;
  gone: string;
  unreadable: string;
  engine: string;
  gap: (from: string, to: string) => string;
  damaged: (from: string, to: string) => string;
  reasons: Record<string, string>;
  skipTo: (time: string) => string;
  sealed: string;
  sealedFor: (recipients: string) => string;
  /** What is sealed, where no key is there that opens it. */
  sealedParts: (classes: string[]) => string;
  openWithKey: string;
  keyTitle: string;
  keyAbout: string;
  keyFile: string;
  keyPasted: string;
  keyPassphrase: string;
  keyOpen: string;
  keyCancel: string;
  keyOutcomes: Record<Exclude<KeyOutcome, "opens">, string>;
  idle: string;
  performance: string;
  /** How the small window is moved. */
  performanceMove: string;
  /** Of which seconds figures are the average. */
  performanceOf: (from: string, to: string) => string;
  performanceSealed: string;
  notLogged: string;
  noPicture: string;
  measures: Record<Measure, string>;
  keys: [keys: string, what: string][];
  keysTitle: string;
}

/** What the format calls classes, in words. */
const SEALED_WORDS: Record<string, string> = {
  picture: "picture and pointer",
  text: "text",
  events: "events",
  thumbnails: "previews",
};

function list(words: string[]): string {
  return new Intl.ListFormat("en", { type: "conjunction" }).format(words);
}

export const english: PlayerTexts = {
  player: "Player",
  picture: "Recorded screen",
  play: "Play",
  pause: "Pause",
  stop: "Stop and go to the start",
  backwards: "Play backwards, change by change",
  skipRests: "Pass by where nothing changes",
  back7: "Back 7 seconds",
  stepBack: "Change before",
  stepForward: "Next change",
  speed: "Speed",
  seekBar: "Position",
  seekTime: (time, length) => `${time} of ${length}`,
  fit: "Fit to the window",
  original: "Original size: one pixel for one",
  monitor: "Monitor",
  allMonitors: "All monitors",
  absolute: "Show time of day",
  relative: "Show time since the start",
  fullScreen: "Full screen",
  leaveFullScreen: "Leave full screen",
  help: "Keys",
  close: "Close",
  live: "Live",
  liveDelay: (seconds) => `${seconds} s behind`,
  jumpToLive: "Jump to live",
  behind: (time) => `${time} behind`,
  silent: "The machine has gone silent. What comes next will be shown here.",
  reconnecting: "Connection lost; connecting again…",
  loading: "Opening the recording…",
  buffering: "Loading…",
  waitingForPicture: "Waiting for the first picture…",
  retryNow: "Try again now",
  retryIn: (seconds) => `Next try in ${seconds} s.`,
  network: "The server cannot be reached.",
  refused: "You may not play this recording, or you are no longer logged in.",
  gone: "There is no such recording.",
  unreadable: "This recording cannot be played.",
  engine: "The player has failed. Reload the page to go on.",
  gap: (from, to) => `Nothing is recorded from ${from} to ${to}.`,
  damaged: (from, to) => `This part is damaged: no picture from ${from} to ${to}.`,
  reasons: {
    "capture-lost": "The display did not answer.",
    "recorder-restarted": "The recorder was restarted.",
    "agent-restarted": "The agent was restarted.",
    "spool-full": "The machine had no room left.",
    paused: "The recording was paused.",
    "message-life-expired": "The server could not be reached for too long.",
  },
  skipTo: (time) => `Go on at ${time}`,
  sealed: "This recording is sealed. It can be seen with one of the keys that it was sealed for.",
  sealedFor: (recipients) => `Sealed for: ${recipients}`,
  sealedParts: (classes) => `Sealed: ${list(classes.map((word) => SEALED_WORDS[word] ?? word))}`,
  openWithKey: "Open with a key…",
  keyTitle: "Open with a key",
  keyAbout:
    "The key stays in the memory of this page until you leave it. It is not sent anywhere and not stored.",
  keyFile: "Key file",
  keyPasted: "or its contents",
  keyPassphrase: "Passphrase of the key file",
  keyOpen: "Open",
  keyCancel: "Cancel",
  keyOutcomes: {
    other: "This key opens nothing of this recording: it was not sealed for it.",
    "wants-passphrase": "This key file has a passphrase.",
    "wrong-passphrase": "The passphrase is wrong.",
    unusable: "This cannot be used.",
  },
  idle: "Nothing changes here",
  performance: "Performance",
  performanceMove: "Drag its head, or press the arrow keys (with Shift further), to move this",
  performanceOf: (from, to) => `Average from ${from} to ${to}`,
  performanceSealed: "Events of this recording are sealed, and with them how busy the machine was.",
  notLogged: "How busy the machine was is not logged here.",
  noPicture: "This recording has no picture.",
  measures: {
    cpu: "Processors",
    memory: "Memory",
    received: "Network in",
    sent: "Network out",
    roundTrip: "Round trip",
  },
  keys: [
    ["Space", "play, pause"],
    ["← →", "5 seconds"],
    ["Ctrl ← →", "30 seconds"],
    ["PgUp PgDn", "1 minute"],
    ["Ctrl PgUp PgDn", "6 minutes"],
    ["Home End", "start, end (live: now)"],
    ["7", "back 7 seconds"],
    [", .", "change before, next change"],
    ["P N", "event before, next event"],
    ["B", "play backwards, change by change"],
    ["R", "pass by where nothing changes"],
    ["- +", "slower, faster"],
    ["L", "jump to live"],
    ["O", "original size, fit"],
    ["M", "next monitor, all monitors"],
    ["T", "time of day, time since the start"],
    ["G", "performance of the machine"],
    ["F", "full screen"],
    ["Wheel on the bar", "15 seconds, with Ctrl 90"],
    ["?", "these keys"],
  ],
  keysTitle: "Keys",
};
