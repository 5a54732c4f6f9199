/** Recordings are found by what happened in them, and a hit leads to its moment. */
import type {} from "@kinescope/player";
import type { Page } from "@playwright/test";
import { expect, pictures, test } from "./visit.ts";

type Player = HTMLElementTagNameMap["kinescope-player"];

const TITLES = [
  "Microsoft Excel: Rechnung 4711 Müller.xlsx",
  "发票 2026-11 增值税 - 财务报表",
  "電子請求書の作成 — Firefox",
];

/** Has the server's answers say more of each recording found than a desktop at rest does: titles in many scripts. */
async function withTitles(page: Page): Promise<void> {
  await page.route("**/api/v1/recordings?*event_text=%E8%AB%8B%E6%B1%82*", async (route) => {
    const url = route
      .request()
      .url()
      .replace(/event_text=[^&]*&?/, "event_kinds=resize&");
    const answer = await (await route.fetch({ url })).json();
    for (const item of answer.items) {
      const first = TITLES.map((text, at) => ({
        time_us: at * 2_000_000,
        kind: "topmost-window",
        text: `${text} 請求`,
      }));
      item.hits = { first, count: 42 };
    }
    await route.fulfill({ json: answer });
  });
}

test("what happened is found by kind and text, and a hit opens the moment", async ({
  console: page,
  complaints,
}) => {
  const hits = page.getByRole("list", { name: "What was found" });
  // The demonstration's screen has a size, which is an event; a recording that has only just begun tells it soon.
  await page.getByRole("button", { name: /^Kinds of events/ }).click();
  await page.getByRole("menu", { name: "Kinds of events" }).getByText("Size of the screen").click();
  await expect(page).toHaveURL(/kinds=resize/);
  await expect(hits.first()).toBeVisible({ timeout: 20_000 });
  await page.keyboard.press("Escape");
  await expect(page.getByRole("menu", { name: "Kinds of events" })).toBeHidden();
  const text = (await hits.first().getByRole("link").first().textContent()) ?? "";
  const size = /\d{3,5}×\d{3,5}/.exec(text)?.[0] ?? "";
  expect(size).not.toBe("");

  // A part of the text, by keys alone.
  await page
    .getByRole("link", { name: /^Play the recording of/ })
    .first()
    .focus();
  await page.keyboard.press("e");
  await page.keyboard.type(size.slice(1, -1));
  await expect(page).toHaveURL(/find=/);
  await expect(hits.first().locator("mark").first()).toHaveText(size.slice(1, -1));
  await pictures(page, "recordings-found");

  await page
    .getByRole("link", { name: /^Play the recording of/ })
    .first()
    .focus();
  await page.keyboard.press("Tab");
  await expect(hits.first().getByRole("link").first()).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/recordings\/[0-9a-f]{32}\?.*panel=events/);
  const at = Number(new URL(page.url()).searchParams.get("t"));
  await expect
    .poll(() => page.locator("kinescope-player").evaluate((player: Player) => player.currentTime), {
      timeout: 20_000,
    })
    .toBeCloseTo(at, 3);
  const rows = page.getByRole("list", { name: "Events" }).getByRole("button");
  await expect(rows.first()).toContainText(size);
  await expect(page.getByRole("textbox", { name: "Search events" })).toHaveValue(size.slice(1, -1));

  await page.goBack();
  await expect(hits.first()).toBeVisible();
  await page.getByRole("textbox", { name: "Search what happened" }).fill("nothing of the kind");
  await expect(page.getByText("Sealed events are never found", { exact: false })).toBeVisible();
  await page.getByRole("button", { name: "Clear filters" }).first().click();
  await expect(page).toHaveURL(/\/recordings$/);
  await expect(hits).toHaveCount(0);
  expect(complaints).toEqual([]);
});

test("hits in many scripts stand one below the other", async ({ console: page, complaints }) => {
  await withTitles(page);
  await page.goto("/recordings?find=請求");
  const list = page.getByRole("list", { name: "What was found" }).first();
  await expect(list.getByRole("link")).toHaveCount(4);
  await expect(list.getByText("and 39 more")).toBeVisible();
  await expect(list.locator("mark")).toHaveCount(4);
  const tops = await list
    .getByRole("link")
    .evaluateAll((links) => links.map((link) => link.getBoundingClientRect().top));
  expect(tops.map((top) => top - (tops[0] ?? 0))).toEqual([0, 28, 56, 84]);
  // The rows are as high as the list counts on.
  const [height, total] = await page
    .getByRole("table", { name: "Recordings" })
    .locator("tbody")
    .evaluate((body) => {
      const shown = [...body.querySelectorAll("tr:not([aria-hidden])")];
      return [
        body.getBoundingClientRect().height,
        shown.filter((row) => row.hasAttribute("aria-rowindex")).length,
      ];
    });
  expect(Math.abs((height ?? 0) - (total ?? 0) * (45 + 4 * 28 + 9))).toBeLessThan(8);
  await pictures(page, "recordings-scripts");
  expect(complaints).toEqual([]);
});
