/**
 * The console against a running server, in Debian's Chromium. Wanted from the environment:
 * KINESCOPE_URL, KINESCOPE_USER and KINESCOPE_PASSWORD of somebody who holds every role (as in a demo deployment), and at
 * least one recording. `CHROMIUM` names another browser, `KINESCOPE_PICTURES` a folder for pictures of every room.
 */
import { defineConfig } from "@playwright/test";

const baseURL = process.env.KINESCOPE_URL;
if (!baseURL) {
  throw new Error(
    "KINESCOPE_URL is not set: the address of the server to test, for example https://localhost:8443",
  );
}

export default defineConfig({
  testDir: ".",
  outputDir: "../node_modules/.playwright",
  // The specs share one server and change it.
  workers: 1,
  // A machine may be busy; what takes as long as this is broken.
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: "line",
  use: {
    baseURL,
    // The server's first certificate is its own.
    ignoreHTTPSErrors: true,
    viewport: { width: 1280, height: 800 },
    timezoneId: "Europe/Berlin",
    trace: "retain-on-failure",
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
