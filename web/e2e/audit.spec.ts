/** From what was reported to what it means. */
import { expect, test } from "./visit.ts";

test("a number of the log leads to what it means and what to do", async ({ console, complaints }) => {
  await console.goto("/audit");
  await console.getByRole("link", { name: "401: what it means" }).first().click();
  const meant = console.locator("#number-401");
  await expect(meant).toBeFocused();
  await expect(meant).toBeInViewport();
  await expect(meant).toContainText("An agent was started");
  await console.getByRole("textbox", { name: "Number or word" }).fill("storage folder spool room");
  await expect(console.getByRole("heading", { level: 2 })).toHaveText([/^2001 No space/]);
  await console.getByRole("link", { name: "Back to the log" }).click();
  await expect(console.getByRole("tab", { name: "Diagnostics", selected: true })).toBeVisible();
  expect(complaints).toEqual([]);
});
