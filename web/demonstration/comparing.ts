/** Whether the canvas shows what the X server shows. */
import type {} from "@kinescope/player";
import type { Page } from "@playwright/test";
import type { Desktop, Picture } from "./desktop.ts";
import { waitFor } from "./waiting.ts";

/** A picture, and what the player said of it while it stood on the canvas: when it came, and how late it was then. */
export interface Moment {
  picture: Picture;
  pictureTime: number;
  duration: number;
}

/** Waits until the canvas shows the X server's picture, which stands still now. */
export async function compare(page: Page, desktop: Desktop): Promise<Moment> {
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
