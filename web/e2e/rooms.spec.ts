/** Every room in every theme: the browser complains of nothing, and axe of nothing, contrast included. */
import { createRequire } from "node:module";
import type {} from "@kinescope/player";
import type { Page } from "@playwright/test";
import { expect, test } from "./visit.ts";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

const ROOMS = [
  "recordings",
  "responses",
  "sessions",
  "policies",
  "policies/new",
  "policies/notices",
  "policies/detection",
  "policies/record-everything",
  "machines",
  "audit",
  "audit/numbers",
  "success?list=all",
  "people",
  "settings",
] as const;
const THEMES = ["Light", "Dark", "High contrast"] as const;

/** Broken rules, by axe. */
function violations(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const { violations: found } = await axe.run(document.body, { runOnly: tags });
    return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`);
  });
}

async function chooseTheme(page: Page, theme: string): Promise<void> {
  await page.getByRole("button", { name: /^Menu of/ }).click();
  await page.getByRole("menuitem", { name: theme, exact: true }).click();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("menuitem", { name: theme })).toBeHidden();
}

for (const theme of THEMES) {
  test(`rooms in ${theme}`, async ({ console, complaints }) => {
    // The pages' own policy refuses foreign scripts; what the browser adds at a page's start it does not see.
    await console.addInitScript({ path: AXE });
    await chooseTheme(console, theme);
    for (const room of ROOMS) {
      await console.goto(`/${room}`);
      await expect(console.getByRole("heading", { level: 1 })).toBeVisible();
      await console.waitForLoadState("networkidle");
      expect(await violations(console), room).toEqual([]);
      await picture(console, `${room.replace(/\W/g, "-")}-${theme}`);
    }
    // The first recording, with what happened beside it.
    await console.goto("/recordings");
    const first = console.getByRole("link", { name: /^Play the recording of/ }).first();
    await console.goto(`${await first.getAttribute("href")}?t=2&panel=events`);
    await expect(console.getByRole("list", { name: "Events" }).getByRole("button").first()).toBeVisible();
    await expect
      .poll(() =>
        console
          .locator("kinescope-player")
          .evaluate((one: HTMLElementTagNameMap["kinescope-player"]) => one.pictureTime),
      )
      .toBeGreaterThan(-1);
    expect(await violations(console), "player with events").toEqual([]);
    await picture(console, `player-events-${theme}`);
    expect(complaints).toEqual([]);
  });
}

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.KINESCOPE_PICTURES;
  if (!folder) {
    return;
  }
  for (const [width, height] of [
    [1280, 800],
    [1920, 1080],
  ] as const) {
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: `${folder}/${name.replaceAll(" ", "-").toLowerCase()}-${width}.png` });
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

test("every control can be reached by the keyboard, and the first way in skips the rooms", async ({
  console: page,
}) => {
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: "Recordings" })).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("textbox", { name: "Search recordings" })).toBeFocused();
});
