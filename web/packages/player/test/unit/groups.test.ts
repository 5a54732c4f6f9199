import { expect, test } from "vitest";
import { groupOf } from "../../src/groups.ts";

test("kinds are put together, and what a program made up is among the others", () => {
  expect(groupOf("lock")).toBe("session");
  expect(groupOf("topmost-window")).toBe("windows");
  expect(groupOf("file-deleted")).toBe("data");
  expect(groupOf("response")).toBe("responses");
  for (const kind of ["", "custom", "sealed", "constructor", "__proto__"])
    expect(groupOf(kind)).toBe("others");
});
