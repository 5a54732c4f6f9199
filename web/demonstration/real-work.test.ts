/** Real programs at work: what the canvas shows is what the X server shows, pixel for pixel, at ten moments. */

import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {} from "@kinescope/player";
import { expect, type Page, test } from "@playwright/test";
import { Demonstration, openNewest, signIn } from "./demonstration.ts";
import { Desktop } from "./desktop.ts";
import { waitFor } from "./waiting.ts";

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
    for (let moment = 0; moment < MOMENTS; moment++) {
      // Moments are spread over the work, which takes about three minutes; what stands on the screen then is its affair.
      await new Promise((resolve) => setTimeout(resolve, 9_000));
      expect(work.exitCode, "the work lasts as long as the comparison").toBeNull();
      await desktop.still(() => compare(page, desktop));
    }
  } finally {
    desktop.end();
    await demonstration.stop();
  }
});

/** Waits until the canvas shows the X server's picture, which stands still now. */
async function compare(page: Page, desktop: Desktop): Promise<void> {
  const picture = await waitFor("the X server to have drawn everything", () => {
    const [first, second] = [desktop.picture(), desktop.picture()];
    return first.rgb.equals(second.rgb) ? second : undefined;
  });
  await waitFor("the canvas to equal the X server's picture", async () => {
    const shown = await page.evaluate(async () => {
      const canvas = await document.querySelector("kinescope-player")?.canvasPixels();
      if (!canvas) return undefined;
      let text = "";
      for (let at = 0; at < canvas.rgba.length; at += 32_768) {
        text += String.fromCharCode(...canvas.rgba.subarray(at, at + 32_768));
      }
      return { width: canvas.width, height: canvas.height, rgba: btoa(text) };
    });
    if (!shown || shown.width !== picture.width || shown.height !== picture.height) return false;
    return withoutAlpha(Buffer.from(shown.rgba, "base64")).equals(picture.rgb);
  });
}

function withoutAlpha(rgba: Buffer): Buffer {
  const rgb = Buffer.alloc((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) rgba.copy(rgb, to, from, from + 3);
  return rgb;
}
