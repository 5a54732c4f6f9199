/** What became of the demonstration's session: counted, listed, and leading to its machine; by keys alone. */
import { expect, test } from "./visit.ts";

test("the session that is recorded counts, and a key leads to its machine", async ({
  console: page,
  complaints,
}) => {
  await page.goto("/success?list=all");
  await expect(page.getByRole("heading", { level: 2, name: /% recorded: \d+ of \d+ session/ })).toBeVisible();
  const today = page
    .getByRole("list", { name: /Sessions by day/ })
    .getByRole("button")
    .last();
  await today.focus();
  await page.keyboard.press("Enter");
  await expect(today).toHaveAttribute("aria-pressed", "true");
  await expect(page).toHaveURL(/day=\d+/);
  const row = page.getByRole("table", { name: "Sessions and what became of them" }).getByRole("row").last();
  await expect(row.getByText("Recorded", { exact: true })).toBeVisible();
  await row.getByRole("link").first().focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/machines#[0-9a-f]{32}$/);
  expect(complaints).toEqual([]);
});

test("before a policy is activated the console says what that would change, and why", async ({
  console: page,
}) => {
  await page.goto("/policies");
  await page.getByRole("button", { name: "Make active: Do not record" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("table", { name: "What would change" })).toBeVisible();
  await dialog
    .getByRole("button", { name: /session.*: Screen → Not recorded/ })
    .first()
    .focus();
  await page.keyboard.press("Enter");
  await expect(dialog.getByText(/^Now: every session is recorded/).first()).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
});
