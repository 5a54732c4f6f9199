/** What happened, beside the player: the way there and back, and lists as long as an index can be. */
import type {} from "@kinescope/player";
import type { Locator, Page } from "@playwright/test";
import { expect, test } from "./visit.ts";

type Player = HTMLElementTagNameMap["kinescope-player"];

interface Index {
  duration_us: number;
  events: { time_us: number }[];
}

/** As many as the index of a recording holds. */
const MOST_EVENTS = 8192;

function manyEvents(durationUs: number): object[] {
  const text = "A program says something that takes more than one line of the panel, as programs do";
  return Array.from({ length: MOST_EVENTS }, (_none, at) => ({
    time_us: Math.floor((at * durationUs) / MOST_EVENTS),
    kind: at % 3 === 0 ? "custom" : at % 3 === 1 ? "lock" : "unlock",
    text: at % 3 === 0 ? `${text}: ${at}` : "",
  }));
}

/** Has a recording's index list other events. One that grows lists the same as before. */
async function listing(page: Page, others: (index: Index) => object): Promise<void> {
  let listed: object | undefined;
  await page.route("**/api/v1/recordings/*/index", async (route) => {
    const index = await (await route.fetch()).json();
    listed ??= others(index);
    await route.fulfill({ json: { ...index, ...listed } });
  });
  await page.reload();
  await expect.poll(() => duration(page)).toBeGreaterThan(0);
}

function position(page: Page): Promise<number> {
  return page.locator("kinescope-player").evaluate((player: Player) => player.currentTime);
}

function goTo(page: Page, seconds: number): Promise<void> {
  return page.locator("kinescope-player").evaluate((player: Player, to) => {
    player.currentTime = to;
  }, seconds);
}

function duration(page: Page): Promise<number> {
  return page.locator("kinescope-player").evaluate((player: Player) => player.duration);
}

/** The time of an event by its place in the list. */
function timeOf(page: Page, index: number): Promise<number | undefined> {
  return page.locator("kinescope-player").evaluate((player: Player, at) => {
    const times = player.events.map((event) => event.time_us).sort((one, other) => one - other);
    return (times[at] ?? Number.NaN) / 1e6;
  }, index);
}

/** The first recording at its start; a new one once it has a few seconds, so that no place in it is now. */
async function openFirst(page: Page): Promise<void> {
  await page.goto("/recordings");
  const first = page.getByRole("link", { name: /^Play the recording of/ }).first();
  await page.goto(`${await first.getAttribute("href")}?t=0`);
  await expect.poll(() => duration(page), { timeout: 40_000 }).toBeGreaterThan(10);
}

/** Whether all of a row can be seen. */
async function isInView(row: Locator): Promise<boolean> {
  return row.evaluate((element) => {
    const [box, frame] = [element, element.closest("ol")?.parentElement].map((one) =>
      one?.getBoundingClientRect(),
    );
    return (
      box !== undefined && frame !== undefined && box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1
    );
  });
}

test("events are found and gone to by keyboard and mouse", async ({ console: page, complaints }) => {
  await openFirst(page);
  // What was opened first is an event only where it came late; a program may say something at any time.
  const message = { kind: "custom", text: "payment-approved: Invoice 4711" };
  await listing(page, ({ duration_us, events }) => ({
    // Each at a moment of its own: what was opened may be known with the first picture, and a key passes both at once then.
    events: [...events, { ...message, time_us: Math.floor(duration_us / 2) }]
      .sort((one, other) => one.time_us - other.time_us)
      .map((event, at) => ({ ...event, time_us: event.time_us + at })),
  }));
  // A recording that has only just begun may be followed after it was loaded again.
  await goTo(page, 0);
  await expect.poll(() => position(page)).toBe(0);
  await page.keyboard.press("e");
  await expect(page).toHaveURL(/panel=events/);
  const rows = page.getByRole("list", { name: "Events" }).getByRole("button");
  await expect(rows.filter({ hasText: "Size of the screen" }).first()).toContainText(/\d+×\d+/);

  // The player has the focus, and its keys go from event to event.
  await expect(rows.nth(1)).toBeVisible();
  const times = await page
    .locator("kinescope-player")
    .evaluate((player: Player) => player.events.map((event) => event.time_us / 1e6));
  const [first, second] = times;
  for (const [key, time] of [
    ["n", first],
    ["n", second],
    ["p", first],
  ] as const) {
    await page.keyboard.press(key);
    await expect.poll(() => position(page)).toBe(time);
  }
  await expect(rows.first()).toHaveAttribute("aria-current", "true");

  // The last one now: more may come while it is looked at.
  await rows.first().click();
  await page.keyboard.press("End");
  const last = page.locator("button:focus");
  await page.keyboard.press("Enter");
  await expect(last).toHaveAttribute("aria-current", "true");
  await expect.poll(() => isInView(last)).toBe(true);
  const at = Number(await page.locator("li:has(button:focus)").getAttribute("aria-posinset"));
  expect(at).toBeGreaterThanOrEqual(times.length);
  await expect.poll(() => position(page)).toBe(await timeOf(page, at - 1));
  await page.keyboard.press("Home");
  await expect(rows.first()).toBeFocused();
  await page.keyboard.press("Enter");
  await expect.poll(() => position(page)).toBe(first);

  await page.keyboard.press("t");
  await expect(rows.first()).toHaveText(/^\d\d:\d\d:\d\d Size of the screen/);
  await page.keyboard.press("/");
  await page.keyboard.type("SIZE of");
  await expect(rows).toHaveCount(1);
  await expect(page).toHaveURL(/find=SIZE\+of/);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^Kinds of events/ }).click();
  await expect(page.getByRole("menu", { name: "Kinds of events" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Events", exact: true }).click();
  await expect(rows).toHaveCount(0);
  expect(complaints).toEqual([]);
});

test("a list as long as it can be is quick, and shows where the player is until it is scrolled", async ({
  console: page,
  complaints,
}) => {
  await openFirst(page);
  await listing(page, ({ duration_us }) => ({ events: manyEvents(duration_us), events_left_out: 77 }));
  await page.keyboard.press("e");
  const list = page.getByRole("list", { name: "Events" });
  const rows = list.getByRole("button");
  const current = list.locator("[aria-current=true]");
  await expect(page.getByText("8,192 events")).toBeVisible();
  await expect(page.getByText("77 later events are not listed")).toBeVisible();

  const length = await page
    .locator("kinescope-player")
    .evaluate((player: Player) => player.events.at(-1)?.time_us ?? 0);
  for (const share of [0.5, 0.93, 0.1]) {
    await goTo(page, (share * length) / 1e6);
    await expect(current).toHaveCount(1);
    await expect.poll(() => isInView(current), `at ${share}`).toBe(true);
    const at = Number(await list.locator("li:has([aria-current])").getAttribute("aria-posinset"));
    expect(Math.abs(at / MOST_EVENTS - share)).toBeLessThan(0.01);
    expect(await rows.count()).toBeLessThan(100);
  }

  // Playing moves the mark. Of thousands in some seconds it may outrun the list.
  const before = await list.locator("li:has([aria-current])").getAttribute("aria-posinset");
  await page.locator("kinescope-player").evaluate((player: Player) => player.play());
  await expect
    .poll(() => list.locator("li:has([aria-current])").getAttribute("aria-posinset"))
    .not.toBe(before);
  await page.locator("kinescope-player").evaluate((player: Player) => player.pause());
  await goTo(page, (0.3 * length) / 1e6);
  await expect.poll(() => isInView(current)).toBe(true);

  // Who scrolls is left alone, until asked back.
  const back = page.getByRole("button", { name: "Back to the position" });
  await expect(back).toBeHidden();
  await list.hover();
  await page.mouse.wheel(0, 40_000);
  await expect(back).toBeVisible();
  await goTo(page, (0.6 * length) / 1e6);
  await expect(list.locator("li:has([aria-current])")).toHaveAttribute("aria-posinset", /^49\d\d$/);
  expect(await isInView(current)).toBe(false);
  await back.click();
  await expect.poll(() => isInView(current)).toBe(true);
  await expect(back).toBeHidden();

  const folder = process.env.KINESCOPE_PICTURES;
  if (folder) {
    await page.screenshot({ path: `${folder}/player-many-events-1280.png` });
    await page.setViewportSize({ width: 1920, height: 1080 });
    await page.screenshot({ path: `${folder}/player-many-events-1920.png` });
    await page.setViewportSize({ width: 1280, height: 800 });
  }
  await page.keyboard.press("/");
  await page.keyboard.type(": 8190");
  await expect(rows).toHaveCount(1);
  await rows.click();
  expect(await position(page)).toBeGreaterThan((0.9 * length) / 1e6);
  expect(complaints).toEqual([]);
});

test("a list that has less room, or was moved, shows where the player is all the same", async ({
  console: page,
  complaints,
}) => {
  await openFirst(page);
  await listing(page, ({ duration_us }) => ({ events: manyEvents(duration_us) }));
  await page.keyboard.press("e");
  const list = page.getByRole("list", { name: "Events" });
  const current = list.locator("[aria-current=true]");
  await expect(list).toBeVisible();
  await goTo(page, (0.5 * (await duration(page))) / 2);
  await expect.poll(() => isInView(current)).toBe(true);
  await page.setViewportSize({ width: 1280, height: 480 });
  await expect.poll(() => isInView(current)).toBe(true);
  // As a browser does that keeps to something else: nobody has scrolled.
  await list.evaluate((element) => {
    const frame = element.parentElement;
    if (frame) frame.scrollTop += 2_000;
  });
  await expect.poll(() => isInView(current)).toBe(true);
  expect(complaints).toEqual([]);
});

/** The first row that can be seen whole: what it says, and how far from the list's upper edge. */
function uppermost(list: Locator): Promise<{ text: string; top: number } | undefined> {
  return list.evaluate((element) => {
    const frame = element.parentElement?.getBoundingClientRect().top ?? 0;
    return [...element.querySelectorAll("button")]
      .map((row) => ({ text: row.textContent ?? "", top: row.getBoundingClientRect().top - frame }))
      .filter(({ top }) => top >= 0)
      .sort((one, other) => one.top - other.top)
      .at(0);
  });
}

test("what is looked at stays where it is, whatever comes", async ({ console: page, complaints }) => {
  await openFirst(page);
  // With every answer there are more, and earlier than all that were listed: of these it was known late.
  let [answers, beginUs] = [0, 0];
  await page.route("**/api/v1/recordings/*/index", async (route) => {
    const index = await (await route.fetch()).json();
    beginUs ||= Math.floor(index.duration_us / 2);
    const late = 30 * answers++;
    const events = Array.from({ length: 400 + late }, (_none, at) => ({
      time_us: at < late ? late - at : beginUs + (at - late) * 1000,
      kind: "custom",
      text: at < late ? `late: ${late - at}` : `a program says what takes more than one line: ${at - late}`,
    }));
    await route.fulfill({ json: { ...index, events, events_left_out: 1 } });
  });
  await page.reload();
  await expect.poll(() => duration(page)).toBeGreaterThan(10);
  await goTo(page, 0);
  await page.keyboard.press("e");
  const list = page.getByRole("list", { name: "Events" });
  const count = async () => Number((await page.getByText(/^\d+ events$/).textContent())?.split(" ")[0]);
  /** Until some of what comes has come. */
  const more = async () => {
    const before = await count();
    await expect.poll(count, { timeout: 20_000 }).toBeGreaterThan(before + 30);
  };
  await expect.poll(count).toBeGreaterThan(399);

  await list.hover();
  await page.mouse.wheel(0, 9_000);
  await expect.poll(async () => (await uppermost(list))?.text).toContain("a program says");
  // Rows that come into view are measured: only then they stand.
  await more();
  const seen = await uppermost(list);
  await more();
  expect(await uppermost(list)).toEqual(seen);

  // Who goes to an event sees it, and goes on seeing it.
  const row = list.getByRole("button", { name: seen?.text ?? "" });
  await row.click();
  await expect(row).toHaveAttribute("aria-current", "true");
  await more();
  await expect(row).toHaveAttribute("aria-current", "true");
  expect(await isInView(row)).toBe(true);
  await page.keyboard.press("ArrowDown");
  const number = (text: string | null | undefined) => Number(text?.split(": ").at(-1));
  await expect
    .poll(async () => number(await page.locator("button:focus").textContent()))
    .toBe(number(seen?.text) + 1);
  expect(complaints).toEqual([]);
});
