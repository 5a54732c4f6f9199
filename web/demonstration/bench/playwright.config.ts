/** Figures that need a browser. Not part of the tests: they print, and assert nothing about time. */
import { defineConfig } from "@playwright/test";
import { browser } from "../browser.ts";

export default defineConfig({
  testDir: ".",
  testMatch: "*.bench.ts",
  timeout: 600_000,
  workers: 1,
  reporter: "line",
  use: browser,
});
