/** The rooms' roles against the interface's description, which is made from the server's own table. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOMS } from "../src/app/access";

const document = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../../../../crates/api/openapi.json"), "utf8"),
) as { paths: Record<string, { get?: { description?: string } }> };

/** What each room asks for first. */
const FIRST = {
  recordings: "/api/v1/recordings",
  responses: "/api/v1/responses",
  policies: "/api/v1/policies",
  sessions: "/api/v1/sessions",
  machines: "/api/v1/machines",
  audit: "/api/v1/diagnostics",
  success: "/api/v1/recording-success",
  people: "/api/v1/users",
  settings: "/api/v1/notifications",
} as const;

describe("rooms and the server agree about roles", () => {
  it.each(ROOMS)("$name", ({ name, roles }) => {
    const needs = document.paths[FIRST[name]]?.get?.description ?? "";
    const said = /^Needs the role (.*)\.$/.exec(needs)?.[1]?.split(" or ");
    expect(said?.sort()).toEqual([...roles].sort());
  });
});
