/**
 * Real programs at work: at ten moments the canvas shows what the X server shows, pixel for pixel, and `kinescope frame` finds
 * the same in the stored file.
 */

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { compare, type Moment } from "./comparing.ts";
import { Demonstration, openNewest, PROGRAMS, signIn } from "./demonstration.ts";
import { Desktop } from "./desktop.ts";

const MOMENTS = 10;
/** The scripted person at a desktop. Lives beside the repository. */
const WORK = join(import.meta.dirname, "../../../shared/workload/desk.sh");

test("the canvas equals the X server's picture at ten moments of real work", async ({ page }) => {
  test.skip(!existsSync(WORK), `left out: ${WORK} is not here`);
  const folder = mkdtempSync(join(tmpdir(), "kinescope-work-"));
  const desktop = await Desktop.start(folder, "1920x1080");
  const demonstration = await Demonstration.start(join(folder, "data"), desktop.recorded);
  try {
    desktop.run("openbox");
    const work = desktop.run("bash", [WORK, desktop.display, "fast"]);
    if (!demonstration.login) throw new Error("no first login");
    await signIn(page, demonstration.address, demonstration.login);
    await openNewest(page);
    await page.waitForFunction(() => document.querySelector("kinescope-player")?.following);
    const moments: Moment[] = [];
    while (moments.length < MOMENTS) {
      // Moments are spread over the work, which takes about three minutes; what stands on the screen then is its affair.
      await new Promise((resolve) => setTimeout(resolve, 9_000));
      expect(work.exitCode, "the work lasts as long as the comparison").toBeNull();
      moments.push(await desktop.still(() => compare(page, desktop)));
    }
    checkFrames(join(folder, "data"), moments);
  } finally {
    desktop.end();
    await demonstration.stop();
  }
});

/** The same moments by `kinescope frame` from the stored file: by the picture's own time, and by the player's now. */
function checkFrames(data: string, moments: Moment[]): void {
  const stored = readdirSync(data, { recursive: true, encoding: "utf8" }).find(
    (name) => name.startsWith("server") && name.endsWith(".kin"),
  );
  if (!stored) throw new Error("nothing is stored");
  for (const { picture, pictureTime, duration } of moments) {
    for (const seconds of [pictureTime, duration]) {
      const image = join(data, `frame-${seconds}.png`);
      const args = ["frame", join(data, stored), "--at", String(seconds), "-o", image];
      execFileSync(join(PROGRAMS, "kinescope"), args);
      const rgb = execFileSync("convert", [image, "-depth", "8", "rgb:-"], { maxBuffer: 1 << 28 });
      const what = `kinescope frame at ${seconds} s (the picture came at ${pictureTime}, it was ${duration})`;
      expect(rgb.equals(picture.rgb), what).toBe(true);
    }
  }
}
