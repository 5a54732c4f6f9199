/** Moments, lengths and sizes in words. */
import { describe, expect, it } from "vitest";
import { formatSize } from "../src/format/size";
import { formatLength, formatRelative, startOfDayUs, toDate } from "../src/format/time";

describe("formatLength", () => {
  it.each([
    [-1, "0:00"],
    [0, "0:00"],
    [7_999_999, "0:07"],
    [750_000_000, "12:30"],
    [3_723_000_000, "1:02:03"],
    [360_000_000_000, "100:00:00"],
  ])("%d µs is %s", (us, expected) => {
    expect(formatLength(us)).toBe(expected);
  });
});

describe("formatSize", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "1 KB"],
    [1_449_000, "1.4 MB"],
    [99_940_000, "99.9 MB"],
    [99_960_000, "100 MB"],
    [999_600_000, "1 GB"],
    [5e18, "5,000 PB"],
  ])("%d is %s", (bytes, expected) => {
    expect(formatSize(bytes, "en")).toBe(expected);
  });
});

describe("formatRelative", () => {
  const now = Date.UTC(2026, 10, 20, 12);
  it.each([
    [0, "now"],
    [-59_000, "now"],
    [-180_000, "3 minutes ago"],
    [2 * 86_400_000, "in 2 days"],
    [-86_400_000, "yesterday"],
  ])("%d ms away is %s", (difference, expected) => {
    expect(formatRelative((now + difference) * 1000, "en", now)).toBe(expected);
  });
});

describe("startOfDayUs", () => {
  it("is midnight in the viewer's zone", () => {
    const us = startOfDayUs("2026-11-20");
    expect(us).toBeDefined();
    const date = toDate(us ?? 0);
    expect([date.getFullYear(), date.getMonth(), date.getDate(), date.getHours()]).toEqual([2026, 10, 20, 0]);
  });

  it("can be the day after, over the end of a month", () => {
    expect(startOfDayUs("2026-11-30", 1)).toBe(startOfDayUs("2026-12-01"));
  });

  it.each(["", "yesterday", "2026-02-31", "2026-13-01", "2026-00-10", "20261120"])("%s is no day", (text) => {
    expect(startOfDayUs(text)).toBeUndefined();
  });
});
