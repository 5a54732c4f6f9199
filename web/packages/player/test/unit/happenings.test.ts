import { expect, test } from "vitest";
import { eventBeside } from "../../src/happenings.ts";

/** Out of order, as an index of anybody's may be. */
const EVENTS = [4e6, 1e6, 9e6, 4e6, 8.5e6].map((time_us) => ({ time_us, kind: "lock", text: "" }));

test.each([
  [0, true, 1e6],
  [1e6, true, 4e6],
  [4e6, true, 8.5e6],
  [9e6, true, undefined],
  [9e6, false, 8.5e6],
  [8.5e6, false, 4e6],
  [1e6, false, undefined],
])("from %d, forward %s: %d", (position, forward, expected) => {
  expect(eventBeside(EVENTS, position, forward, false)).toBe(expected);
});

test("while playing, what has just passed is not the event before", () => {
  expect(eventBeside(EVENTS, 4.3e6, false, true)).toBe(1e6);
  expect(eventBeside(EVENTS, 4.3e6, false, false)).toBe(4e6);
  expect(eventBeside(EVENTS, 5.5e6, false, true)).toBe(4e6);
  expect(eventBeside([], 4e6, true, true)).toBeUndefined();
});
