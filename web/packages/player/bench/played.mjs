/** A file served by `kinescope play`, and a page of headless Chromium to open it in. */
import { spawn } from "node:child_process";
import { chromium } from "@playwright/test";

/** How Chromium is started. */
export const launch = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
  ],
};

/** Starts both. Close the browser at the end; the program ends with this process. */
export async function played(file) {
  const program = spawn(process.env.KINESCOPE ?? "kinescope", ["play", file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.on("exit", () => program.kill("SIGINT"));
  let printed = "";
  for await (const piece of program.stdout) {
    printed += piece;
    if (/\/[0-9a-f]{32}\//.test(printed)) break;
  }
  // Nothing keeps this process but what is measured.
  program.unref();
  program.stdout.destroy();
  const browser = await chromium.launch(launch);
  const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
  return { address: printed.match(/http:\S+/)[0], browser, page };
}

/** The value that this share of the values do not exceed. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
