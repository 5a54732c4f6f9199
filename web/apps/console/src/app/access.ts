/**
 * Which rooms a person may enter. The server decides on every request; this only keeps what would be refused out of
 * sight. It repeats the table in `crates/api/src/operations.rs`.
 */
import type { Schemas } from "@kinescope/api-client";

export type Role = Schemas["Role"];

export const ROLES: readonly Role[] = [
  "policy-administrator",
  "policy-query",
  "logging-writer",
  "logging-reader",
  "player",
  "privileged-player",
];

/** In the order of the navigation; the first one that a person may enter is where that person arrives. */
export const ROOMS = [
  { name: "recordings", path: "/recordings", roles: ["player", "privileged-player"] },
  { name: "responses", path: "/responses", roles: ["player", "privileged-player"] },
  { name: "sessions", path: "/sessions", roles: ["policy-administrator"] },
  { name: "policies", path: "/policies", roles: ["policy-administrator", "policy-query"] },
  { name: "machines", path: "/machines", roles: ["policy-administrator"] },
  { name: "audit", path: "/audit", roles: ["logging-reader"] },
  { name: "success", path: "/success", roles: ["policy-administrator", "logging-reader"] },
  { name: "people", path: "/people", roles: ["policy-administrator"] },
  { name: "settings", path: "/settings", roles: ["policy-administrator"] },
] as const satisfies readonly { name: string; path: string; roles: readonly Role[] }[];

export type Room = (typeof ROOMS)[number];
export type RoomName = Room["name"];

function holdsOne(roles: readonly Role[], wanted: readonly Role[]): boolean {
  return wanted.some((role) => roles.includes(role));
}

export function roomsFor(roles: readonly Role[]): Room[] {
  return ROOMS.filter((room) => holdsOne(roles, room.roles));
}

export function mayEnter(roles: readonly Role[], name: RoomName): boolean {
  return roomsFor(roles).some((room) => room.name === name);
}

/** A policy can be read by more people than may change it. */
export function mayChangePolicy(roles: readonly Role[]): boolean {
  return roles.includes("policy-administrator");
}
