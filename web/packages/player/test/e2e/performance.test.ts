/** How busy the recorded machine was: a small window over the picture, and charts where there is no picture. */
import { expect, type Page } from "@playwright/test";
import { ask, showsStep, test } from "./served.ts";

/** The window's values in their order. */
function values(page: Page): Promise<string[]> {
  return page.getByRole("region", { name: "Performance" }).getByRole("definition").allTextContents();
}

/** Where it stands. */
async function place(page: Page): Promise<{ x: number; y: number }> {
  const box = await page.getByRole("region", { name: "Performance" }).boundingBox();
  if (!box) throw new Error("it is not shown");
  return { x: Math.round(box.x), y: Math.round(box.y) };
}

function goTo(page: Page, seconds: number): Promise<void> {
  return page.evaluate((to) => {
    const player = document.querySelector("kinescope-player");
    if (player) player.currentTime = to;
  }, seconds);
}

test("the window says the averages of the position's five seconds, wherever that is", async ({
  page,
  programs,
  complaints,
}) => {
  const { address } = await programs.play(programs.make("--seconds", "300", "--performance"));
  await page.goto(address);
  await expect.poll(() => showsStep(page, 0)).toBe(true);
  const opened = (await ask(page)).bytesFetched;
  const panel = page.getByRole("region", { name: "Performance" });
  await expect(panel).toBeHidden();
  await page.keyboard.press("g");
  await expect.poll(() => values(page)).toEqual(["2 %", "3.0 GB", "2.0 kB/s", "1.0 kB/s", "25 ms"]);
  expect((await ask(page)).bytesFetched, "and no more than is around it is fetched").toBeLessThan(
    opened + 300_000,
  );
  for (const [second, cpu] of [
    [203, 2],
    [48, 47],
    [131, 32],
  ] as const) {
    await goTo(page, second);
    await expect.poll(async () => (await values(page))[0], `at ${second}`).toBe(`${cpu} %`);
  }
  await expect(panel).toContainText("Average from 2:10 to 2:15");
  await page.keyboard.press("g");
  await expect(panel).toBeHidden();
  await page.getByRole("button", { name: "Performance" }).click();
  await expect(panel).toBeVisible();
  await expect(page.getByRole("button", { name: "Performance" })).toHaveAttribute("aria-pressed", "true");
  await panel.getByRole("button", { name: "Close" }).click();
  await expect(panel).toBeHidden();
  expect(complaints).toEqual([]);
});

test("it is moved by mouse and by keys, stays on the picture, and keeps its place", async ({
  page,
  programs,
}) => {
  const { address } = await programs.play(programs.make("--performance"));
  await page.goto(address);
  await expect.poll(() => showsStep(page, 0)).toBe(true);
  await page.keyboard.press("g");
  const panel = page.getByRole("region", { name: "Performance" });
  await expect(panel).toContainText("Average");
  const first = await place(page);
  await page.mouse.move(first.x + 40, first.y + 12);
  await page.mouse.down();
  await page.mouse.move(first.x - 260, first.y + 112, { steps: 5 });
  await page.mouse.up();
  expect(await place(page)).toEqual({ x: first.x - 300, y: first.y + 100 });

  const time = (await ask(page)).currentTime;
  await panel.focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Shift+ArrowDown");
  expect(await place(page)).toEqual({ x: first.x - 316, y: first.y + 196 });
  expect((await ask(page)).currentTime, "its arrow keys do not seek").toBe(time);
  for (let press = 0; press < 20; press += 1) await page.keyboard.press("Shift+ArrowRight");
  for (let press = 0; press < 20; press += 1) await page.keyboard.press("Shift+ArrowDown");
  const corner = await place(page);
  expect(corner.x).toBe(first.x);
  const box = await page.getByRole("slider", { name: "Position" }).boundingBox();
  const size = await panel.boundingBox();
  expect(corner.y + (size?.height ?? 0)).toBeLessThan(box?.y ?? 0);

  await page.reload();
  await expect(panel).toContainText("Average");
  await expect.poll(() => place(page)).toEqual(corner);
  // A smaller window has no room there: it moves along.
  await page.setViewportSize({ width: 700, height: 560 });
  await expect.poll(async () => (await place(page)).x).toBeLessThan(corner.x);
});

test("where nothing is logged, and where it is sealed, that is said", async ({
  page,
  programs,
  complaints,
}) => {
  const panel = page.getByRole("region", { name: "Performance" });
  const plain = await programs.play(programs.make());
  await page.goto(plain.address);
  await expect.poll(() => showsStep(page, 0)).toBe(true);
  await page.keyboard.press("g");
  await expect(panel).toContainText("is not logged here");
  const key = programs.key("ana.json");
  const sealed = await programs.play(
    programs.make("--performance", "--seal-for", key.publicKey),
    "--key",
    key.file,
  );
  await page.goto(sealed.address);
  await page.evaluate(() => localStorage.setItem("kinescope-player.performance", '{"shown":true}'));
  await page.reload();
  await expect.poll(() => showsStep(page, 0)).toBe(true);
  await expect(panel).toContainText("sealed");
  expect(complaints).toEqual([]);
});

test("a live recording says what comes", async ({ page, programs }) => {
  const file = await programs.grow("--seconds", "40", "--performance");
  const { address } = await programs.play(file);
  await page.goto(address);
  await expect.poll(async () => (await ask(page)).following).toBe(true);
  await page.keyboard.press("g");
  await expect.poll(() => values(page), { timeout: 30_000 }).toContain("12 %");
  await expect.poll(() => values(page), { timeout: 30_000 }).toContain("27 %");
  const listed = await page.evaluate(() =>
    document.querySelector("kinescope-player")?.events.map(({ kind }) => kind),
  );
  expect(listed).not.toContain("performance");
});

test("a recording without a picture shows charts of all of it; a click goes there", async ({
  page,
  programs,
  complaints,
}) => {
  const file = programs.make("--seconds", "900", "--performance", "--no-picture");
  const { address } = await programs.play(file);
  await page.goto(address);
  const charts = page.getByRole("slider", { name: "Performance" });
  await expect(charts).toBeVisible();
  const cpu = charts.locator("path.line").first();
  await expect.poll(async () => (await cpu.getAttribute("d"))?.split("L").length).toBeGreaterThan(170);
  const svg = await charts.locator("svg").nth(1).boundingBox();
  if (!svg) throw new Error("no chart");
  await page.mouse.click(svg.x + svg.width * 0.5, svg.y + svg.height / 2);
  await expect.poll(async () => Math.abs((await ask(page)).currentTime - 450)).toBeLessThan(2);
  // The values are those of the moment under the pointer, and of the position once it leaves.
  await page.mouse.move(svg.x + svg.width * 0.25, svg.y + 10);
  await expect(charts).toContainText("3:4");
  await page.mouse.move(5, 5);
  await expect(charts).toContainText(/7:(29|30)/);
  await expect(charts).toHaveAttribute(
    "aria-valuetext",
    /^7:(29|30): Processors \d+ %, Memory 3\.\d GB, Network in/,
  );
  await charts.focus();
  await page.keyboard.press("ArrowRight");
  await expect(charts).toHaveAttribute("aria-valuetext", /^7:3[45]: /);
  await page.keyboard.press("Home");
  await expect(charts).toHaveAttribute("aria-valuenow", "0");
  expect(complaints).toEqual([]);
});

test("a recording that has neither picture nor figures says so", async ({ page, programs }) => {
  const { address } = await programs.play(programs.make("--no-picture"));
  await page.goto(address);
  await expect(page.getByText("This recording has no picture.")).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: "is not logged here" })).toBeVisible();
});
