/** From events to bands. */
import { describe, expect, it } from "vitest";
import { bandsOf } from "../src/rooms/player/events/bands";

const at = (seconds: number, kind: string, text = "") => ({ time_us: seconds * 1e6, kind, text });

describe("bands of what somebody did", () => {
  it("last until another window is on top, and join where the program stays", () => {
    const events = [
      at(0, "session-start"),
      at(10, "topmost-window", "firefox: News"),
      at(20, "topmost-window", "firefox: Mail"),
      at(25, "idle"),
      at(30, "topmost-window", "soffice.bin: Budget: 2026"),
      at(40, "idle-end"),
      at(50, "lock"),
      at(60, "topmost-window", "firefox: News"),
    ];
    const { programs, idle, locked } = bandsOf(events, 70e6);
    expect(programs).toEqual(
      [
        { program: "soffice.bin", spans: [[30e6, 60e6]], totalUs: 30e6 },
        {
          program: "firefox",
          spans: [
            [10e6, 30e6],
            [60e6, 70e6],
          ],
          totalUs: 30e6,
        },
      ].sort((one) => (one.program === "firefox" ? -1 : 1)),
    );
    expect(idle).toEqual([[25e6, 40e6]]);
    expect(locked).toEqual([[50e6, 70e6]]);
  });

  it("are few, with the other programs together", () => {
    const events = Array.from({ length: 20 }, (_none, number) =>
      at(number, "topmost-window", `p${number}: x`),
    );
    const { programs } = bandsOf(events, 20e6);
    expect(programs).toHaveLength(7);
    expect(programs.at(-1)).toMatchObject({ totalUs: 14e6 });
    expect(programs.at(-1)?.program).toBeUndefined();
    expect(bandsOf([], 0).programs).toEqual([]);
  });
});
