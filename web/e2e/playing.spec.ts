/** From the list to a picture, and an address that leads back to the moment. */
import type {} from "@kinescope/player";
import type { Page } from "@playwright/test";
import { expect, test } from "./visit.ts";

/** How many colours the canvas shows; nothing where there is no picture yet. */
function colours(page: Page): Promise<number> {
  return page
    .locator("kinescope-player")
    .evaluate(async (player: HTMLElementTagNameMap["kinescope-player"]) => {
      const picture = await player.canvasPixels();
      return picture ? new Set(new Uint32Array(picture.rgba.buffer)).size : 0;
    });
}

async function openFirst(page: Page): Promise<void> {
  await page.goto("/recordings");
  await page
    .getByRole("link", { name: /^Play the recording of/ })
    .first()
    .click();
  await expect(page).toHaveURL(/\/recordings\/[0-9a-f]{32}/);
  // More than one colour: a black or an empty canvas is no picture of a desktop.
  await expect.poll(() => colours(page), { timeout: 30_000 }).toBeGreaterThan(1);
}

test("the first recording shows a picture, its facts, and obeys the keyboard at once", async ({
  console: page,
  complaints,
}) => {
  await openFirst(page);
  await expect(page.getByRole("complementary", { name: "Details" })).toContainText("Why it was recorded");
  await page.keyboard.press("d");
  await expect(page.getByRole("complementary", { name: "Details" })).toBeHidden();
  await expect(page).toHaveURL(/panel=off/);
  await page.keyboard.press("Home");
  await page.keyboard.press("Space");
  await expect(page).toHaveURL(/[?&]t=\d/);
  const folder = process.env.KINESCOPE_PICTURES;
  if (folder) {
    await page.keyboard.press("d");
    await page.screenshot({ path: `${folder}/player-1280.png` });
    await page.setViewportSize({ width: 1920, height: 1080 });
    await page.screenshot({ path: `${folder}/player-1920.png` });
  }
  expect(complaints).toEqual([]);
});

test("an address with a moment opens at that moment", async ({ console: page }) => {
  await openFirst(page);
  const address = new URL(page.url()).pathname;
  await page.goto(`${address}?t=1.5`);
  await expect.poll(() => colours(page), { timeout: 30_000 }).toBeGreaterThan(1);
  const position = () =>
    page
      .locator("kinescope-player")
      .evaluate((player: HTMLElementTagNameMap["kinescope-player"]) => player.currentTime);
  expect(await position()).toBeGreaterThanOrEqual(1.4);
  expect(await position()).toBeLessThan(20);
});
