/** How these tests and benches start Chromium: the distribution's own, talking to nobody but us. */
import type { PlaywrightTestConfig } from "@playwright/test";

export const browser: PlaywrightTestConfig["use"] = {
  browserName: "chromium",
  // The certificate was made by the deployment under test a moment ago.
  ignoreHTTPSErrors: true,
  viewport: { width: 1280, height: 900 },
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
};
