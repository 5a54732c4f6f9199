/** Live delay: from the moment a program changes the screen to the changed canvas in Chromium, on one machine. */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {} from "@kinescope/player";
import { test } from "@playwright/test";
import { Demonstration, openNewest, signIn } from "../demonstration.ts";
import { Desktop } from "../desktop.ts";

const CHANGES = Number(process.env.CHANGES ?? 100);

test("live delay", async ({ page }) => {
  const folder = mkdtempSync(join(tmpdir(), "kinescope-delay-"));
  const desktop = await Desktop.start(folder, "1920x1080");
  const demonstration = await Demonstration.start(join(folder, "data"), desktop.recorded);
  try {
    if (!demonstration.login) throw new Error("no first login");
    desktop.call("xsetroot", ["-solid", "#000000"]);
    await signIn(page, demonstration.address, demonstration.login);
    await openNewest(page);
    await page.waitForFunction(() => document.querySelector("kinescope-player")?.following);
    const delays: number[] = [];
    for (let change = 1; change <= CHANGES; change++) {
      const drawn = page.evaluate(
        () =>
          new Promise<number>((resolve) => {
            const player = document.querySelector("kinescope-player");
            player?.addEventListener("frame", () => resolve(Date.now()), { once: true });
          }),
      );
      // Not in step with the recorder's pace: anywhere within its tenth of a second.
      await new Promise((resolve) => setTimeout(resolve, 350 + Math.random() * 100));
      const changed = Date.now();
      desktop.call("xsetroot", ["-solid", `#${(change * 65_793).toString(16).padStart(6, "0").slice(-6)}`]);
      delays.push((await drawn) - changed);
    }
    delays.sort((a, b) => a - b);
    const at = (share: number) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))];
    const figures = JSON.stringify({
      changes: CHANGES,
      median_ms: at(0.5),
      p95_ms: at(0.95),
      worst_ms: at(1),
    });
    process.stdout.write(`${figures}\n`);
  } finally {
    desktop.end();
    await demonstration.stop();
  }
});
