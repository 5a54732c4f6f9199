/** A finished recording: exact pictures, controls, keys, gaps, hostile words. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "@playwright/test";
import { ask, showsStep, test } from "./served.ts";

test("every way of going somewhere shows the exact picture", async ({ page, programs, complaints }) => {
  const { address } = await programs.play(programs.make());
  await page.goto(address);
  await expect.poll(() => showsStep(page, 0)).toBe(true);
  expect((await ask(page)).duration).toBe(30);
  await expect(page.getByRole("status").filter({ hasText: "signed" })).toHaveText(/Not signed/);
  await expect(page.getByText("Live", { exact: true })).toBeHidden();
  await expect(page.getByRole("button", { name: "Jump to live" })).toBeHidden();

  for (const step of [123, 7, 299, 50, 51, 49]) {
    await page.evaluate((seconds) => {
      const player = document.querySelector("kinescope-player");
      if (player) player.currentTime = seconds;
    }, step / 10);
    await expect.poll(() => showsStep(page, step), `step ${step}`).toBe(true);
  }

  // Keys count from where the player is, even when they come faster than pictures.
  await page.keyboard.press("Home");
  for (const key of [
    "ArrowRight",
    "ArrowRight",
    "Control+ArrowRight",
    "ArrowLeft",
    "ArrowLeft",
    "ArrowLeft",
  ]) {
    await page.keyboard.press(key);
  }
  await expect.poll(async () => (await ask(page)).currentTime).toBe(15);
  await expect.poll(() => showsStep(page, 150)).toBe(true);
  await page.keyboard.press("7");
  await expect.poll(() => showsStep(page, 80)).toBe(true);
  await page.keyboard.press(".");
  await expect.poll(() => showsStep(page, 81)).toBe(true);
  await page.keyboard.press(",");
  await page.keyboard.press(",");
  await expect.poll(() => showsStep(page, 79)).toBe(true);
  await page.keyboard.press("PageDown");
  await expect.poll(() => showsStep(page, 299)).toBe(true);

  const bar = page.getByRole("slider");
  const box = await bar.boundingBox();
  if (!box) throw new Error("no seek bar");
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await expect.poll(async () => Math.abs((await ask(page)).currentTime - 15) < 0.2).toBe(true);
  await page.mouse.wheel(0, -100);
  await expect.poll(async () => (await ask(page)).currentTime < 1).toBe(true);
  expect(complaints).toEqual([]);
});

test("where the pointer rests on the seek bar everything is fetched before the click; nothing is where it passes", async ({
  page,
  programs,
  complaints,
}) => {
  const { address } = await programs.play(programs.make("--seconds", "600"));
  const ranges: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/recording/data")) ranges.push(request.headers().range ?? "");
  });
  await page.goto(address);
  await expect.poll(() => showsStep(page, 0)).toBe(true);
  const bar = page.getByRole("slider");
  const box = await bar.boundingBox();
  if (!box) throw new Error("no seek bar");
  const opened = ranges.length;

  // Passing over rests nowhere.
  await page.mouse.move(box.x + 10, box.y + box.height / 2);
  await page.mouse.move(box.x + box.width - 10, box.y + box.height / 2, { steps: 40 });
  await page.mouse.move(box.x + box.width / 2, box.y - 200);
  await page.waitForTimeout(300);
  expect(ranges.length).toBe(opened);

  await page.mouse.move(box.x + box.width * 0.7, box.y + box.height / 2);
  await expect.poll(() => ranges.length).toBeGreaterThan(opened);
  // What comes is fetched and decoded; nothing of it is shown.
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(300);
  expect(await showsStep(page, 0)).toBe(true);
  const fetched = ranges.length;
  await page.mouse.down();
  await page.mouse.up();
  await expect.poll(async () => Math.abs((await ask(page)).currentTime - 420) < 2).toBe(true);
  const { currentTime } = await ask(page);
  await expect.poll(() => showsStep(page, Math.floor(currentTime * 10))).toBe(true);
  expect(ranges.length, "the click fetched nothing").toBe(fetched);
  expect(complaints).toEqual([]);
});

test("where data are to be saved nothing is fetched that nobody asked for", async ({ page, programs }) => {
  await page.addInitScript(() => {
    Object.defineProperty(navigator, "connection", { value: { saveData: true } });
  });
  const { address } = await programs.play(programs.make("--seconds", "600"));
  const ranges: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/recording/data")) ranges.push(request.headers().range ?? "");
  });
  await page.goto(address);
  await expect.poll(() => showsStep(page, 0)).toBe(true);
  const box = await page.getByRole("slider").boundingBox();
  if (!box) throw new Error("no seek bar");
  const opened = ranges.length;
  await page.mouse.move(box.x + box.width * 0.7, box.y + box.height / 2);
  await page.waitForTimeout(600);
  expect(ranges.length).toBe(opened);
});

test("playing shows time passing at the speed chosen, and ends", async ({ page, programs }) => {
  const { address } = await programs.play(programs.make("--seconds", "12"));
  await page.goto(address);
  await expect.poll(() => showsStep(page, 0)).toBe(true);
  await page.keyboard.press("Space");
  await expect.poll(async () => (await ask(page)).currentTime).toBeGreaterThan(0.5);
  expect((await ask(page)).state).toBe("playing");
  await page.getByLabel("Speed").selectOption("8");
  const before = Date.now();
  await expect.poll(async () => (await ask(page)).state, { intervals: [20] }).toBe("ended");
  expect(Date.now() - before).toBeLessThan(4000);
  await expect.poll(() => showsStep(page, 119)).toBe(true);
  await page.getByRole("button", { name: "Stop and go to the start" }).click();
  await expect.poll(() => showsStep(page, 0)).toBe(true);
});

test("a declared gap is said, can be passed, and recorded words stay words", async ({
  page,
  programs,
  complaints,
}) => {
  const { address } = await programs.play(programs.make("--gap"));
  await page.goto(address);
  await expect.poll(() => showsStep(page, 0)).toBe(true);
  await page.evaluate(() => {
    const player = document.querySelector("kinescope-player");
    if (player) player.currentTime = 12;
  });
  await expect(page.getByText("Nothing is recorded from 0:10 to 0:15.")).toBeVisible();
  await expect(page.getByText("<b>disk</b> was full")).toBeVisible();
  await page.getByRole("button", { name: "Go on at 0:15" }).click();
  await expect.poll(() => showsStep(page, 150)).toBe(true);
  expect((await ask(page)).notice).toBe("");

  const box = await page.getByRole("slider").boundingBox();
  if (!box) throw new Error("no seek bar");
  await page.mouse.move(box.x + (box.width * 2) / 30, box.y + box.height / 2);
  await expect(page.getByText("marker: <img src=x onerror=alert(1)> 20")).toBeVisible();
  expect(await page.locator("kinescope-player img, kinescope-player b").count()).toBe(0);
  expect(complaints).toEqual([]);
});

test("a damaged part is said and what follows is played", async ({ page, programs }) => {
  const file = programs.make();
  const bytes = readFileSync(file);
  const at = Math.floor(bytes.length * 0.5);
  bytes.fill(0x55, at, at + 200);
  writeFileSync(file, bytes);
  const { address } = await programs.play(file);
  await page.goto(address);
  await expect.poll(() => showsStep(page, 0)).toBe(true);
  const shown: string[] = [];
  for (let second = 0; second < 30; second += 1) {
    await page.evaluate((seconds) => {
      const player = document.querySelector("kinescope-player");
      if (player) player.currentTime = seconds;
    }, second);
    await expect.poll(async () => (await ask(page)).state).toBe("paused");
    const { notice } = await ask(page);
    shown.push(notice);
    if (!notice) await expect.poll(() => showsStep(page, second * 10), `second ${second}`).toBe(true);
  }
  expect(shown.filter((notice) => notice === "damaged").length).toBeGreaterThan(0);
  expect(shown[29]).toBe("");
});

test("when the program is gone the player says so, and goes on when asked", async ({ page, programs }) => {
  const { address, program } = await programs.play(programs.make());
  await page.goto(address);
  await expect.poll(() => showsStep(page, 0)).toBe(true);
  await page.route("**/recording/data", (route) => route.abort());
  await page.evaluate(() => {
    const player = document.querySelector("kinescope-player");
    if (player) player.currentTime = 25;
  });
  await expect(page.getByText("The server cannot be reached.")).toBeVisible();
  // It tries by itself, too, ever later: where that is due, the button may be gone while it is clicked, and the picture be clicked instead.
  await expect(page.getByText(/Next try in [5-8] s\./)).toBeVisible({ timeout: 30_000 });
  await page.unroute("**/recording/data");
  await page.getByRole("button", { name: "Try again now" }).click();
  await expect.poll(() => showsStep(page, 250), { timeout: 20_000 }).toBe(true);
  await expect(page.getByText("The server cannot be reached.")).toBeHidden();
  program.kill("SIGINT");
  await new Promise((resolve) => program.on("exit", resolve));
  expect(program.exitCode).toBe(0);
});

test("sizes, times, keys and full screen", async ({ page, programs }) => {
  const { address } = await programs.play(programs.make());
  await page.goto(address);
  await expect.poll(() => showsStep(page, 0)).toBe(true);
  const picture = page.getByRole("img", { name: "Recorded screen" });
  const width = async () => (await picture.boundingBox())?.width;
  expect(await width()).toBeGreaterThan(320);
  await page.keyboard.press("o");
  expect(await width()).toBe(320);
  await page.keyboard.press("t");
  await expect(page.getByText(/\d\d:\d\d:\d\d.*(UTC|GMT)/)).toBeVisible();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeHidden();
  await page.keyboard.press("f");
  await expect.poll(() => page.evaluate(() => document.fullscreenElement?.tagName)).toBe("KINESCOPE-PLAYER");
  await page.keyboard.press("f");
  await expect.poll(() => page.evaluate(() => document.fullscreenElement)).toBe(null);
});

test("only the right address and name are answered", async ({ programs, request }) => {
  const { address } = await programs.play(programs.make("--seconds", "5"));
  const root = new URL("/", address).href;
  expect((await request.get(`${address}recording/index`)).status()).toBe(200);
  for (const path of ["", "recording/index", "index.html", `${"0".repeat(32)}/recording/index`]) {
    expect((await request.get(root + path)).status(), path).toBe(404);
  }
  const rebound = await request.get(`${address}recording/index`, { headers: { Host: "evil.example" } });
  expect(rebound.status()).toBe(421);
  const foreign = await request.get(`${address}recording/index`, {
    headers: { Origin: "https://evil.example" },
  });
  expect(foreign.status()).toBe(421);
  const beyond = await request.get(`${address}recording/data`, { headers: { Range: "bytes=99999999-" } });
  expect(beyond.status()).toBe(416);
});
