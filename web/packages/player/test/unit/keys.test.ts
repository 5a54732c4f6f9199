import { expect, test } from "vitest";
import { LiveDelay } from "../../src/delay.ts";
import { type Key, wishOfKey, wishOfWheel } from "../../src/keys.ts";
import { clock, nextSpeed, speedLabel } from "../../src/time.ts";

function key(name: string): Key {
  const parts = name.split("+");
  const last = name.endsWith("+") ? "+" : (parts.at(-1) ?? "");
  return { key: last, ctrlKey: name.startsWith("Ctrl+"), altKey: name.startsWith("Alt+"), metaKey: false };
}

test.each([
  ["ArrowRight", { do: "jump", seconds: 5 }],
  ["Ctrl+ArrowLeft", { do: "jump", seconds: -30 }],
  ["PageDown", { do: "jump", seconds: 60 }],
  ["Ctrl+PageUp", { do: "jump", seconds: -360 }],
  ["Home", { do: "start" }],
  [" ", { do: "toggle" }],
  ["F", { do: "full-screen" }],
  ["?", { do: "help" }],
  ["b", { do: "backwards" }],
  ["M", { do: "monitor" }],
  ["n", { do: "event", forward: true }],
  ["P", { do: "event", forward: false }],
  ["+", { do: "speed", faster: true }],
  ["Ctrl+f", null],
  ["Ctrl+Home", null],
  ["Alt+ArrowLeft", null],
  ["x", null],
  ["constructor", null],
])("key %s", (name, wish) => {
  expect(wishOfKey(key(name))).toEqual(wish);
});

test("the wheel goes 15 seconds, with Ctrl 90", () => {
  expect(wishOfWheel(3, false)).toEqual({ do: "jump", seconds: 15 });
  expect(wishOfWheel(-120, true)).toEqual({ do: "jump", seconds: -90 });
  expect(wishOfWheel(0, false)).toBeNull();
});

test.each([
  [0, 0, "0:00"],
  [59_999_999, 60e6, "0:59"],
  [61e6, 3600e6, "0:01:01"],
  [3 * 3600e6 + 62e6, 4 * 3600e6, "3:01:02"],
  [-5, 0, "0:00"],
])("clock %d", (us, longest, expected) => {
  expect(clock(us, longest)).toBe(expected);
});

test("speeds go up and down the list and stay on it", () => {
  expect([nextSpeed(1, true), nextSpeed(1, false), nextSpeed(32, true), nextSpeed(0.25, false)]).toEqual([
    2, 0.5, 32, 0.25,
  ]);
  expect([speedLabel(0.25), speedLabel(16)]).toEqual(["¼×", "16×"]);
});

test("the delay is believed while clocks agree, and taken from the quickest picture where they do not", () => {
  const agreeing = new LiveDelay();
  for (const us of [200_000, 150_000, 400_000]) agreeing.arrived(us);
  expect(agreeing.seconds).toBeCloseTo(0.4);
  const ahead = new LiveDelay();
  for (const us of [-90_000_000, -89_500_000]) ahead.arrived(us);
  expect(ahead.seconds).toBeCloseTo(0.5);
  expect(new LiveDelay().seconds).toBe(0);
});
