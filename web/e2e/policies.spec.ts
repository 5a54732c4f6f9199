/** A policy from nothing to active, tried on the way, by the keyboard alone. */
import type { Locator, Page } from "@playwright/test";
import { expect, test } from "./visit.ts";

/** Goes on with the tab key until a control has the focus. */
async function tabTo(page: Page, control: Locator, back = false): Promise<void> {
  await control.first().waitFor();
  for (let step = 0; step < 120; step += 1) {
    if (await control.first().evaluate((element) => element === document.activeElement)) {
      return;
    }
    await page.keyboard.press(back ? "Shift+Tab" : "Tab");
  }
  throw new Error(`the tab key does not lead to ${control}`);
}

async function press(page: Page, control: Locator, back = false): Promise<void> {
  await tabTo(page, control, back);
  await page.keyboard.press("Enter");
}

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.KINESCOPE_PICTURES;
  for (const [width, height] of folder
    ? ([
        [1280, 800],
        [1920, 1080],
      ] as const)
    : []) {
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: `${folder}/${name}-${width}.png` });
  }
}

test("a policy is written, tried, saved, activated and removed by the keyboard alone", async ({
  console: page,
  complaints,
}) => {
  await page.goto("/policies");
  await press(
    page,
    page.getByRole("link", { name: "New policy" }).or(page.getByRole("button", { name: "New policy" })),
  );
  await tabTo(page, page.getByLabel(/^Name/));
  await page.keyboard.type("Keyboard");
  await press(page, page.getByRole("button", { name: "Add a rule" }));
  await expect(page.getByLabel("Users")).toBeFocused();
  await page.keyboard.type("nobody-of-this-name");
  await press(page, page.getByRole("button", { name: "record without notice" }), true);
  await expect(page.getByRole("radio", { name: "record without notice" })).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("region", { name: "Rule Rule 1" })).toContainText(
    "do not record when the user is nobody-of-this-name",
  );
  await press(page, page.getByRole("button", { name: "and machine …" }));
  await page.keyboard.type("fin-*");
  await picture(page, "policy-editor");
  await tabTo(page, page.getByLabel("User", { exact: true }));
  await page.keyboard.type("nobody-of-this-name");
  await tabTo(page, page.getByLabel("Machine", { exact: true }));
  await page.keyboard.type("FIN-03");
  await press(page, page.getByRole("button", { name: "Ask" }));
  await expect(page.getByText("It would not be recorded")).toBeVisible();
  await expect(page.getByText(/rule “Rule 1” of policy “Keyboard”: do not record/)).toBeVisible();
  await picture(page, "policy-what-if");
  await press(page, page.getByRole("button", { name: "Save" }), true);
  await expect(page.getByRole("heading", { level: 1, name: "Keyboard" })).toBeVisible();

  await page.goto("/policies");
  const before = page
    .getByRole("row")
    .filter({ has: page.getByText("Active", { exact: true }) })
    .getByRole("link");
  const was = (await before.textContent()) ?? "";
  await press(page, page.getByRole("button", { name: "Make active: Keyboard" }));
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Recordings that are running go on as they began");
  await picture(page, "policy-activate");
  await press(page, dialog.getByRole("button", { name: "Make active" }));
  await expect(page.getByText("“Keyboard” is active now.")).toBeVisible();
  await picture(page, "policies");
  await press(page, page.getByRole("button", { name: `Make active: ${was}` }));
  await press(page, dialog.getByRole("button", { name: "Make active" }));
  await expect(page.getByText(`“${was}” is active now.`)).toBeVisible();
  await press(page, page.getByRole("button", { name: "Delete Keyboard" }));
  await press(page, dialog.getByRole("button", { name: "Delete" }));
  await expect(page.getByText("“Keyboard” is deleted.")).toBeVisible();
  expect(complaints).toEqual([]);
});
