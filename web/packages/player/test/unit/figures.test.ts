import { describe, expect, it } from "vitest";
import {
  allFigures,
  bytesLabel,
  columnsOf,
  figuresAt,
  figuresOf,
  scaleOf,
  valueLabel,
} from "../../src/figures.ts";
import { readPlace } from "../../src/panel-place.ts";

/** Five seconds each, processors as given, from the start on. */
const numbers = (cpus: number[], from = 0) =>
  cpus.flatMap((cpu, at) => [from + at * 5e6, from + (at + 1) * 5e6, cpu, 3e9, 1500, 20, at % 2 ? 12 : -1]);

describe("figures of a recording", () => {
  it("come out of the engine's numbers", () => {
    expect(figuresOf([])).toBeNull();
    const [first, second] = allFigures(numbers([7, 9]));
    expect(first).toMatchObject({ from: 0, to: 5e6, cpuPercent: 7, memoryBytes: 3e9, roundTripMs: null });
    expect(second).toMatchObject({ cpuPercent: 9, roundTripMs: 12 });
    expect(allFigures(numbers([7, 9]).slice(0, 13))).toHaveLength(1);
  });

  it("belong to a moment, and where nothing is known to none", () => {
    const all = [...allFigures(numbers([1, 2, 3])), ...allFigures(numbers([4], 60e6))];
    expect(figuresAt(all, 0)?.cpuPercent).toBe(1);
    expect(figuresAt(all, 9_999_999)?.cpuPercent).toBe(2);
    expect(figuresAt(all, 15.5e6)?.cpuPercent).toBe(3);
    expect(figuresAt(all, 30e6)).toBeNull();
    expect(figuresAt(all, 61e6)?.cpuPercent).toBe(4);
    expect(figuresAt([], 0)).toBeNull();
  });

  it("are drawn as mean and peak of each pixel, with holes where nothing is known", () => {
    const all = [...allFigures(numbers([10, 30, 50, 70])), ...allFigures(numbers([5], 80e6))];
    const runs = columnsOf(all, "cpu", 100e6, 10);
    expect(runs).toEqual([
      [
        { x: 0, mean: 20, most: 30 },
        { x: 1, mean: 60, most: 70 },
      ],
      [{ x: 8, mean: 5, most: 5 }],
    ]);
    // What is not known of one measure is a hole of that one.
    expect(columnsOf(all, "roundTrip", 100e6, 10).flat()).toHaveLength(2);
    expect(columnsOf(all, "cpu", 0, 10)).toEqual([]);
    const day = allFigures(numbers(Array.from({ length: 17_280 }, (_none, at) => at % 100)));
    expect(columnsOf(day, "cpu", 86_400e6, 1000)[0]).toHaveLength(1000);
  });

  it("are read by people", () => {
    expect(["B", "kB", "MB", "GB"].map((_unit, at) => bytesLabel(3.44 * 1000 ** at, "en"))).toEqual([
      "3 B",
      "3.4 kB",
      "3.4 MB",
      "3.4 GB",
    ]);
    expect(valueLabel("received", 0, "en")).toBe("0 B/s");
    expect(valueLabel("cpu", 12.4)).toBe("12 %");
    expect(valueLabel("roundTrip", null)).toBe("–");
    expect(scaleOf(allFigures(numbers([3])), ["cpu"])).toBe(100);
    expect(scaleOf(allFigures(numbers([3])), ["received", "sent"])).toBe(2000);
    expect(scaleOf([], ["memory"])).toBe(1);
  });
});

describe("the place of the window", () => {
  it("is one, whatever stands in the store", () => {
    expect(readPlace('{"shown":true,"x":0.25,"y":7}')).toEqual({ shown: true, x: 0.25, y: 1 });
    for (const text of ["", "null", "[]", '{"x":"a","y":null}']) {
      expect(readPlace(text), text).toEqual({ shown: false, x: 1, y: 0 });
    }
  });
});
