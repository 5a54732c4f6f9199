/** What is done in response to events: written as sentences, refused at its place, kept as a template; and the room that lists it. */
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, test } from "./visit.ts";

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.KINESCOPE_PICTURES;
  if (folder) {
    await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
  }
}

test("a rule's responses are written, refused at their trigger, saved, and taken up by a template", async ({
  console: page,
  complaints,
}) => {
  const name = `Responses ${Date.now()}`;
  await page.goto("/policies/detection/new");
  await page.getByLabel(/^Name/).fill(name);
  await page.getByRole("button", { name: "Add a rule" }).click();
  await page.getByLabel("Users").fill("nobody-of-this-name");
  await page.getByRole("button", { name: "respond to events …" }).click();
  await expect(page.getByLabel("Write a mail when a session starts")).toBeFocused();
  await page.getByRole("button", { name: "Add a trigger" }).click();
  const trigger = page.getByRole("group", { name: "Trigger 1" });
  await trigger.getByLabel(/^What it is for/).fill(name);
  await trigger.getByLabel("When this happens").selectOption({ label: "Window on top" });
  await trigger.getByRole("button", { name: "and …" }).click();
  await trigger.getByLabel("What condition 1 is about").selectOption("title");
  await trigger.getByLabel("Test of condition 1").selectOption("matches");
  await trigger.getByLabel("Value of condition 1").fill("Pay(roll");
  await trigger.getByLabel("lock the session").check();
  await expect(trigger).toContainText("the rule does not log “Topmost windows”");
  await trigger.getByRole("button", { name: "Log it" }).click();
  await expect(trigger).not.toContainText("does not log");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(trigger).toContainText("the expression “Pay(roll” cannot be used");
  await picture(page, "respond-refused");

  await trigger.getByLabel("Value of condition 1").fill("Payroll");
  await trigger.getByRole("button", { name: "Save as template" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Theme").fill("Sensitive data");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await page.getByRole("button", { name: "Insert a template …" }).click();
  await dialog.getByRole("searchbox").fill("remote anydesk");
  await dialog.getByRole("button", { name: "Insert A program of remote administration starts" }).click();
  await expect(page.getByRole("group", { name: "Trigger 2" })).toContainText("When a program starts");
  await page.getByLabel("Who is written to").fill("it@example.org");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  const sentences = page.getByRole("list", { name: "What is done in response" }).getByRole("listitem");
  await expect(sentences.first()).toHaveText(
    `When a window comes on top and the title matches the expression “Payroll”, then lock the session. ${name}`,
  );
  await picture(page, "respond-saved");

  // What was made is taken away again.
  await page.getByRole("button", { name: "Change what is done in response" }).click();
  await page.getByRole("button", { name: "Insert a template …" }).click();
  await dialog.getByRole("searchbox").fill(name);
  await dialog.getByRole("button", { name: `Delete ${name}` }).click();
  await dialog.getByRole("button", { name: `Delete ${name}` }).click();
  await expect(dialog.getByText("No template matches.")).toBeVisible();
  await page.keyboard.press("Escape");
  await page.goto("/policies/detection");
  await page.getByRole("button", { name: `Delete ${name}` }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText(`“${name}” is deleted.`)).toBeVisible();
  // A refused request is an error to Chromium's console.
  expect(complaints.filter((text) => !text.includes("400"))).toEqual([]);
});

test("what was done is listed, counted and exported, and a page without any says why", async ({
  console: page,
  complaints,
}) => {
  await page.goto("/responses?text=nothing-has-these-words");
  await expect(page.getByText("No response matches")).toBeVisible();
  const item = {
    recording: "7".repeat(32),
    time_us: 83_200_000,
    at_us: Date.now() * 1000,
    user: "ana",
    machine: "fin-03",
    action: "lock",
    outcome: "refused",
    trigger: "Payroll",
    of: "topmost-window",
    detail: "SAP: Payroll November",
    rule: "Finance",
    policy: "Evenings",
    text: "“Payroll”: the session was not locked: no locker is installed",
  };
  await page.route("**/api/v1/responses?*", (route) => {
    // Days are those of the browser's zone, which need not be this program's.
    const offsetUs = Number(new URL(route.request().url()).searchParams.get("offset_minutes")) * 60e6;
    const start_us = Math.floor((item.at_us + offsetUs) / 86_400e6) * 86_400e6 - offsetUs;
    return route.fulfill({
      json: { items: [item], total: 1, days: [{ start_us, action: "lock", count: 1 }] },
    });
  });
  await page.goto("/responses");
  await expect(page.getByRole("row").filter({ hasText: "no locker is installed" })).toContainText("Not done");
  await expect(page.getByRole("row").filter({ hasText: "Finance" })).toContainText("SAP: Payroll November");
  await expect(page.getByRole("button", { name: /1 × Lock$/ })).toBeVisible();
  await expect(page.getByRole("link", { name: /^Open the recording of ana/ })).toHaveAttribute(
    "href",
    `/recordings/${item.recording}?t=83.2&panel=events&kinds=response`,
  );
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export as CSV" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("kinescope-responses.csv");
  const lines = readFileSync(await download.path(), "utf8").split("\r\n");
  expect(lines).toHaveLength(3);
  expect(lines[1]).toContain(",ana,fin-03,Payroll,lock,refused,");
  expect(lines[1]).toContain(",topmost-window,SAP: Payroll November,Finance,Evenings,");
  await picture(page, "responses");
  expect(complaints).toEqual([]);
});
