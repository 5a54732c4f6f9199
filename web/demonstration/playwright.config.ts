/** The demonstration as a newcomer has it, in a real browser on a real desktop. */
import { defineConfig } from "@playwright/test";
import { browser } from "./browser.ts";

export default defineConfig({
  testDir: ".",
  testMatch: "*.test.ts",
  timeout: 300_000,
  expect: { timeout: 20_000 },
  workers: 1,
  reporter: "list",
  use: browser,
});
