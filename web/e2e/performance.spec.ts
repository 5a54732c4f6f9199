/** How busy the machine was: charts of a recording of events only, out of a file that `kinescope play` serves in its place. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, pictures, test } from "./visit.ts";

const PROGRAMS = process.env.KINESCOPE_PROGRAMS ?? join(import.meta.dirname, "../../target/debug");
const SECONDS = 1800;

const running: ChildProcess[] = [];

test.afterAll(() => {
  for (const child of running) {
    child.kill("SIGKILL");
  }
});

/** A recording with such events and nothing to see, behind the doors of a player; resolves with their address. */
async function doors(): Promise<string> {
  const file = join(mkdtempSync(join(tmpdir(), "kinescope-performance-")), "made.kin");
  const wanted = ["--seconds", String(SECONDS), "--performance", "--no-picture", "-o", file];
  execFileSync(join(PROGRAMS, "examples/make_recording"), ["pattern", ...wanted]);
  const program = spawn(join(PROGRAMS, "kinescope"), ["play", file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.push(program);
  let printed = "";
  for await (const piece of program.stdout ?? []) {
    printed += String(piece);
    const address = printed.match(/http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\//)?.[0];
    if (address) {
      return `${address}recording`;
    }
  }
  throw new Error(`kinescope play printed no address: ${printed}`);
}

test("a recording of events only has charts that lead to each moment", async ({
  console: page,
  complaints,
}) => {
  const from = await doors();
  const first = page.getByRole("link", { name: /^Play the recording of/ }).first();
  const address = (await first.getAttribute("href")) ?? "";
  await page.route(`**/api/v1${address}`, async (route) => {
    const recording = await (await route.fetch()).json();
    const finished = { state: "finished", events_only: true, duration_us: SECONDS * 1e6 };
    await route.fulfill({ json: { ...recording, ...finished } });
  });
  await page.route(`**/api/v1${address}/{index,data}`, async (route) => {
    const { range } = route.request().headers();
    const door = route.request().url().split("/").at(-1);
    const answer = await fetch(`${from}/${door}`, { headers: range ? { range } : {} });
    const type = answer.headers.get("content-type") ?? "application/octet-stream";
    await route.fulfill({
      status: answer.status,
      contentType: type,
      body: Buffer.from(await answer.arrayBuffer()),
    });
  });
  await page.goto(address);
  await expect(page.getByText("This recording has no picture")).toBeVisible();
  const charts = page.getByRole("slider", { name: "Performance" });
  await expect(charts).toBeVisible();
  const svg = await charts.locator("svg").first().boundingBox();
  if (!svg) {
    throw new Error("no chart");
  }
  await page.mouse.click(svg.x + svg.width / 3, svg.y + 20);
  await expect.poll(() => Number(new URL(page.url()).searchParams.get("t"))).toBeGreaterThan(590);
  const at = Number(new URL(page.url()).searchParams.get("t"));
  expect(at).toBeLessThan(610);
  await expect(charts).toHaveAttribute("aria-valuetext", /^(9:5\d|10:0\d): Processors \d+ %/);
  await charts.focus();
  await page.keyboard.press("PageDown");
  await expect.poll(() => Number(new URL(page.url()).searchParams.get("t"))).toBeCloseTo(at + 60, 0);
  // The way in which times are shown is the same in both.
  await page.keyboard.press("t");
  await expect(charts).toHaveAttribute("aria-valuetext", /^\d\d:\d\d:\d\d: /);
  await pictures(page, "events-only-performance");
  expect(complaints).toEqual([]);
});

test("the window over the picture is there with one key", async ({ console: page, complaints }) => {
  await page.goto("/recordings");
  await page
    .getByRole("link", { name: /^Play the recording of/ })
    .first()
    .click();
  await expect(page.locator("kinescope-player")).toBeVisible();
  await page.keyboard.press("g");
  const panel = page.getByRole("region", { name: "Performance" });
  await expect(panel).toContainText(/Average|not logged/, { timeout: 30_000 });
  await pictures(page, "performance-window");
  await page.keyboard.press("g");
  await expect(panel).toBeHidden();
  expect(complaints).toEqual([]);
});
