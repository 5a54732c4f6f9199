/**
 * Real programs at work: at ten moments the canvas shows what the X server shows, pixel for pixel, and `kinescope frame` finds
 * the same in the stored file.
 */

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {} from "@kinescope/player";
import { expect, type Page, test } from "@playwright/test";
import { Demonstration, openNewest, PROGRAMS, signIn } from "./demonstration.ts";
import { Desktop, type Picture } from "./desktop.ts";
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

/** A picture, and what the player said of it while it stood on the canvas: when it came, and how late it was then. */
interface Moment {
  picture: Picture;
  pictureTime: number;
  duration: number;
}

/** Waits until the canvas shows the X server's picture, which stands still now. */
async function compare(page: Page, desktop: Desktop): Promise<Moment> {
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
  const times = await page.evaluate(() => {
    const player = document.querySelector("kinescope-player");
    return { pictureTime: player?.pictureTime ?? -1, duration: player?.duration ?? -1 };
  });
  return { picture, ...times };
}

function withoutAlpha(rgba: Buffer): Buffer {
  const rgb = Buffer.alloc((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) rgba.copy(rgb, to, from, from + 3);
  return rgb;
}

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
