/** The player in a real browser, against `kinescope play` with recordings made for the test. */
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: ".",
  // A machine may be busy; what takes as long as this is broken.
  timeout: 180_000,
  expect: { timeout: 20_000 },
  workers: 1,
  reporter: "list",
  use: {
    browserName: "chromium",
    viewport: { width: 1100, height: 760 },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
      ],
    },
  },
});
