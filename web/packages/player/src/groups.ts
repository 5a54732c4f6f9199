/** Kinds of events in groups, by which the seek bar colours its ticks. Pure. */

export type Group = "session" | "windows" | "programs" | "data" | "responses" | "trouble" | "others";

const GROUPS: Readonly<Record<string, Group>> = {
  "session-start": "session",
  "session-end": "session",
  lock: "session",
  unlock: "session",
  client: "session",
  idle: "session",
  "idle-end": "session",
  "topmost-window": "windows",
  popup: "windows",
  opened: "windows",
  "page-shown": "windows",
  "page-left": "windows",
  "program-start": "programs",
  "program-end": "programs",
  "program-failed": "trouble",
  "not-responding": "trouble",
  "responds-again": "trouble",
  disturbed: "trouble",
  "events-lost": "trouble",
  clipboard: "data",
  typed: "data",
  "file-created": "data",
  "file-renamed": "data",
  "file-moved": "data",
  "file-deleted": "data",
  "file-copied": "data",
  "file-transfer": "data",
  "client-drive": "data",
  "usb-storage": "data",
  "print-job": "data",
  "document-kept": "data",
  response: "responses",
};

/** Any program may make up a kind of its own; those are others. */
export function groupOf(kind: string): Group {
  return Object.hasOwn(GROUPS, kind) ? (GROUPS[kind] ?? "others") : "others";
}
