/** Signing in, sessions that end, and what a person with one role sees. */
import { expect, logIn, test } from "./visit.ts";

test("a session that ended elsewhere leads back to the same view", async ({ console: page }) => {
  await page.goto("/recordings?sort=-size");
  await expect(page.getByRole("heading", { level: 1, name: "Recordings" })).toBeVisible();
  await page.context().clearCookies();
  // The list asks again by itself.
  await expect(page.getByText("Your session has ended")).toBeVisible({ timeout: 30_000 });
  await logIn(page);
  await expect(page).toHaveURL(/\/recordings\?sort=-size$/);
});

test("a wrong password is refused with one sentence", async ({ page }) => {
  await page.goto("/login");
  await page.getByLabel("User").fill("nobody");
  await page.getByRole("textbox", { name: "Password" }).fill("wrong password");
  await page.getByRole("button", { name: "Log in", exact: true }).click();
  await expect(page.getByText("User or password is wrong")).toBeVisible();
});

test("a new person sees why there is nothing, then its rooms once a role is given", async ({
  console: page,
  browser,
  baseURL,
}) => {
  const name = `visitor-${Date.now()}`;
  const password = "a long enough password";
  await page.goto("/people");
  await page.getByRole("button", { name: "Add a person" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByLabel("First password").fill(password);
  await dialog.getByRole("button", { name: "Add a person" }).click();
  await expect(page.getByRole("cell", { name, exact: true })).toBeVisible();

  const visitor = await (
    await browser.newContext({ ignoreHTTPSErrors: true, ...(baseURL && { baseURL }) })
  ).newPage();
  await visitor.goto("/");
  await logIn(visitor, name, password);
  await expect(visitor.getByRole("heading", { level: 1 })).toHaveText(
    "You are logged in, and have no role yet",
  );

  await page.getByRole("button", { name: `Actions for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Change roles" }).click();
  await page.getByRole("checkbox", { name: "Player", exact: true }).check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  await visitor.goto("/");
  await expect(visitor.getByRole("navigation", { name: "Rooms" }).getByRole("link")).toHaveText([
    "Recordings",
    "Responses",
  ]);
  await visitor.goto("/machines");
  await expect(visitor.getByRole("heading", { level: 1 })).toHaveText("Machines is not open to you");

  await page.getByRole("button", { name: `Actions for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Lock out" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Lock out" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  await visitor.reload();
  await expect(visitor.getByRole("heading", { level: 1, name: "Log in to Kinescope" })).toBeVisible();
  await visitor.context().close();
});

test("a machine's token is shown once", async ({ console: page }) => {
  const note = `lab-${Date.now()}`;
  await page.goto("/machines");
  await page.getByRole("button", { name: "Add a machine" }).click();
  await page.getByLabel("What is it for?").fill(note);
  await page.getByRole("button", { name: "Make a token" }).click();
  const command = page.getByRole("dialog").locator("pre").first();
  await expect(command).toContainText("umask 077");
  const token = /'([^']+\.[0-9a-f]{64})'/.exec((await command.textContent()) ?? "")?.[1];
  expect(token).toBeTruthy();
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("cell", { name: note, exact: true })).toBeVisible();
  expect(await page.content()).not.toContain(token);
  await page.getByRole("button", { name: `Remove the token for ${note}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(page.getByRole("cell", { name: note, exact: true })).toBeHidden();
});
