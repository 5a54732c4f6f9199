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
  // Around to the last choice.
  await page.keyboard.press("ArrowUp");
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
  await expect(dialog).toContainText("Recordings that run follow a change when they go on in another file");
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

test("users are told in a language that is added, and then no longer", async ({
  console: page,
  complaints,
}) => {
  await page.goto("/policies");
  await page.getByRole("link", { name: "Notice to users" }).click();
  const window = page.getByTestId("notice-preview");
  await expect(window).toContainText("Your session is being recorded");
  await page.getByLabel("Ask for their consent").check();
  await expect(window).toContainText("Decline");
  await page.getByLabel("Add a language").fill("ar");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByLabel("Title")).toBeFocused();
  await page.keyboard.type("هل توافق على التسجيل؟");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Not saved: something needs to be corrected first")).toBeVisible();
  await page.getByLabel("Text", { exact: true }).fill("إذا رفضت فسيتم تسجيل خروجك.");
  await expect(window).toHaveAttribute("dir", "rtl");
  await expect(window).toContainText("موافقة");
  await picture(page, "notices");
  await page.getByRole("link", { name: "Machines" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  const saved = page.getByText("Sessions that begin from now on are told like this.");
  await expect(saved).toBeVisible();
  await page.reload();
  await expect(page.getByLabel("Title")).toHaveValue("هل توافق على التسجيل؟");
  await page.getByRole("button", { name: "Remove this text" }).click();
  await page.getByLabel("Tell them").check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(saved).toBeVisible();
  expect(complaints).toEqual([]);
});
