/** Thumbnails over the seek bar, monitors, and going backwards by steps. */
import { expect, type Page } from "@playwright/test";
import { ask, showsStep, test } from "./served.ts";

/** Moves the mouse over the bar at this share of its length. */
async function hover(page: Page, share: number): Promise<void> {
  const box = await page.getByRole("slider").boundingBox();
  if (!box) throw new Error("no seek bar");
  await page.mouse.move(box.x + box.width * share, box.y + box.height / 2);
}

/** Red, green and blue in the left half of the thumbnail that is shown. */
function thumbnail(page: Page): Promise<number[] | undefined> {
  return page.evaluate(() => {
    const shown = document.querySelector("kinescope-player")?.shadowRoot?.querySelector("canvas.preview");
    if (!(shown instanceof HTMLCanvasElement) || shown.hidden) return undefined;
    // A copy is read: reading the shown canvas again and again is warned of.
    const copy = new OffscreenCanvas(shown.width, shown.height).getContext("2d", {
      willReadFrequently: true,
    });
    copy?.drawImage(shown, 0, 0);
    return Array.from(copy?.getImageData(10, 20, 1, 1).data.slice(0, 3) ?? []);
  });
}

/** Whether the thumbnail is that of a second: its colours say which. */
async function showsSecond(page: Page, second: number): Promise<boolean> {
  const colours = await thumbnail(page);
  const step = (second * 10) % 256;
  return !!colours && [step, 255 - step, 0x40].every((value, at) => Math.abs((colours[at] ?? 0) - value) < 5);
}

test("the bar shows how the screen looked where the mouse is, from one small read", async ({
  page,
  programs,
  complaints,
}) => {
  let reads = 0;
  page.on("request", (request) => {
    if (request.url().endsWith("/recording/thumbnails")) reads += 1;
  });
  const { address } = await programs.play(programs.make("--pictures"));
  await page.goto(address);
  await expect.poll(() => showsStep(page, 0)).toBe(true);
  const before = (await ask(page)).bytesFetched;
  expect(reads, "nothing is read before somebody looks").toBe(0);
  for (const second of [3, 20, 7, 24, 0]) {
    await hover(page, (second + 0.5) / 30);
    await expect.poll(() => showsSecond(page, second), `second ${second}`).toBe(true);
  }
  expect(reads).toBe(1);
  expect((await ask(page)).bytesFetched - before).toBeLessThan(100_000);
  expect(await showsStep(page, 0), "looking is not seeking").toBe(true);
  expect(complaints).toEqual([]);
});

test("a recording without thumbnails shows times alone", async ({ page, programs }) => {
  const { address } = await programs.play(programs.make());
  await page.goto(address);
  await expect.poll(() => showsStep(page, 0)).toBe(true);
  await hover(page, 0.5);
  await expect(page.getByText("0:15", { exact: true })).toBeVisible();
  expect(await thumbnail(page)).toBeUndefined();
});

test("one monitor or all, remembered by name", async ({ page, programs, complaints }) => {
  const { address } = await programs.play(programs.make("--pictures"));
  await page.goto(address);
  await expect.poll(() => showsStep(page, 0)).toBe(true);
  const choice = page.getByLabel("Monitor");
  await expect(choice).toHaveValue("");
  const frame = page.locator("kinescope-player .frame");
  const shape = async () => {
    const box = await frame.boundingBox();
    return box ? Math.round((box.width / box.height) * 100) / 100 : 0;
  };
  expect(await shape()).toBe(1.6);
  await choice.selectOption("<i>right</i>");
  await expect.poll(shape).toBe(0.8);
  expect(await showsStep(page, 0), "the canvas holds all of it").toBe(true);
  await page.reload();
  await expect.poll(shape, "after a reload").toBe(0.8);
  await expect(choice).toHaveValue("<i>right</i>");
  // All, then each from left to right.
  await page.getByRole("slider").focus();
  await page.keyboard.press("m");
  await expect(choice).toHaveValue("");
  await page.keyboard.press("m");
  await expect(choice).toHaveValue("left");
  // The left half of the picture stands in the frame, the right one outside.
  const [canvas, left] = [await page.getByRole("img").boundingBox(), await frame.boundingBox()];
  expect(Math.abs((canvas?.x ?? 0) - (left?.x ?? 1))).toBeLessThan(1);
  expect(Math.abs((canvas?.width ?? 0) - 2 * (left?.width ?? 0))).toBeLessThan(1);
  expect(complaints).toEqual([]);
});

test("steps back and playing backwards show every change exactly", async ({ page, programs }) => {
  const { address } = await programs.play(programs.make());
  await page.goto(address);
  await expect.poll(() => showsStep(page, 0)).toBe(true);
  await page.evaluate(() => {
    const player = document.querySelector("kinescope-player");
    if (player) player.currentTime = 20;
  });
  await expect.poll(() => showsStep(page, 200)).toBe(true);
  for (const step of [199, 198, 197]) {
    await page.keyboard.press(",");
    await expect.poll(() => showsStep(page, step), `step ${step}`).toBe(true);
  }
  await page.keyboard.press(".");
  await expect.poll(() => showsStep(page, 198)).toBe(true);
  const seen = page.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const times: number[] = [];
        const player = document.querySelector("kinescope-player");
        player?.addEventListener("frame", (event) => {
          times.push((event as CustomEvent<{ time_us: number }>).detail.time_us);
          if (times.length === 30) resolve(times);
        });
      }),
  );
  await page.keyboard.press("b");
  expect(await seen).toEqual(Array.from({ length: 30 }, (_, at) => (197 - at) * 100_000));
  await page.keyboard.press(" ");
  await expect.poll(async () => (await ask(page)).state).toBe("paused");
});
