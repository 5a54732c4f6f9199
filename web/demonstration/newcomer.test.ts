/** The first ten minutes: start, sign in, see it live, go back in time, stop, start again, replay. */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {} from "@kinescope/player";
import { expect, type Page, test } from "@playwright/test";
import { Demonstration, openNewest, signIn } from "./demonstration.ts";

/** A desktop with programs on it has more than these. */
const DESKTOP_COLOURS = 20;

/** How many colours the canvas shows. */
function colours(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const picture = await document.querySelector("kinescope-player")?.canvasPixels();
    return new Set(new Uint32Array(picture?.rgba.slice().buffer ?? new ArrayBuffer(0))).size;
  });
}

/** What a test that fails half-way must not leave running. */
const stopping: (() => Promise<void>)[] = [];
test.afterEach(() => Promise.all(stopping.splice(0).map((stop) => stop())));

test("a newcomer sees the desktop live and replays it after a restart", async ({ page }) => {
  const data = mkdtempSync(join(tmpdir(), "kinescope-newcomer-"));
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  let demonstration = await Demonstration.start(data);
  stopping.push(() => demonstration.stop());
  const login = demonstration.login;
  if (!login) throw new Error(`no first login was printed: ${demonstration.printed}`);
  expect(demonstration.printed).toMatch(/demo/i);

  await signIn(page, demonstration.address, login);
  await expect(page.getByRole("row").filter({ hasText: "Live" })).toHaveCount(1, { timeout: 30_000 });
  await openNewest(page);
  await page.waitForFunction(() => document.querySelector("kinescope-player")?.following);
  // Programs take their time to open on a slow machine.
  await expect.poll(() => colours(page), { timeout: 60_000 }).toBeGreaterThan(DESKTOP_COLOURS);
  const moment = await page.evaluate(() => document.querySelector("kinescope-player")?.duration ?? 0);
  await page.waitForFunction(
    (than) => (document.querySelector("kinescope-player")?.duration ?? 0) > than + 3,
    moment,
  );
  await demonstration.stop();

  demonstration = await Demonstration.start(data);
  expect(demonstration.login, "the first login is printed once").toBeUndefined();
  // Still signed in: sessions are kept over a restart.
  await page.goto(demonstration.address);
  await expect(page.locator("a[href*='/recordings/']")).toHaveCount(2, { timeout: 30_000 });
  await page.locator("a[href*='/recordings/']").nth(1).click();
  await page.waitForFunction(
    (than) => (document.querySelector("kinescope-player")?.duration ?? 0) > than,
    moment,
  );
  await page.evaluate((at) => {
    const player = document.querySelector("kinescope-player");
    if (player) player.currentTime = at;
  }, moment);
  await page.waitForFunction(
    (at) => Math.abs((document.querySelector("kinescope-player")?.currentTime ?? 0) - at) < 0.5,
    moment,
  );
  await expect.poll(() => colours(page)).toBeGreaterThan(DESKTOP_COLOURS);
  expect(complaints).toEqual([]);
});
