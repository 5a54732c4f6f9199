/** A sealed recording: nothing to see without the key, the exact pictures with it, and the key goes nowhere. */
import { expect } from "@playwright/test";
import { ask, showsStep, test } from "./served.ts";

test("a sealed recording opens with its key and with no other", async ({ page, programs, complaints }) => {
  const alice = programs.key("alice.key");
  const mallory = programs.key("mallory.key");
  const { address } = await programs.play(programs.make("--seconds", "12", "--seal-for", alice.publicKey));
  const sent: string[] = [];
  page.on("request", (request) => sent.push(`${request.url()} ${request.postData() ?? ""}`));
  await page.goto(address);
  await expect(page.getByText("This recording is sealed.")).toBeVisible();
  await expect(page.getByText(alice.fingerprint)).toBeVisible();
  const sealed = page.getByRole("button", { name: /^Sealed: picture and pointer/ });
  await expect(sealed).toBeVisible();
  await expect(sealed).toHaveAttribute("title", new RegExp(alice.fingerprint));
  expect((await ask(page)).duration).toBe(12);
  await page.keyboard.press("ArrowRight");
  await expect.poll(async () => (await ask(page)).currentTime).toBe(5);
  expect(await page.evaluate(() => document.querySelector("kinescope-player")?.pixels())).toBeNull();

  // People go by names where the page knows them.
  await page.evaluate((fingerprint) => {
    const player = document.querySelector("kinescope-player");
    if (player) player.recipientNames = { [fingerprint]: "Alice" };
  }, alice.fingerprint);
  await expect(page.getByText("Sealed for: Alice")).toBeVisible();

  await page.getByRole("button", { name: "Open with a key…" }).click();
  const dialog = page.getByRole("dialog", { name: "Open with a key" });
  await dialog.getByLabel("Key file", { exact: true }).setInputFiles(mallory.file);
  await dialog.getByRole("button", { name: "Open", exact: true }).click();
  await expect(dialog.getByRole("alert")).toContainText("it was not sealed for it");
  await dialog.getByLabel("or its contents").fill("rubbish");
  await dialog.getByRole("button", { name: "Open", exact: true }).click();
  await expect(dialog.getByRole("alert")).toContainText("This cannot be used.");
  await dialog.getByLabel("or its contents").fill("");
  await dialog.getByLabel("Key file", { exact: true }).setInputFiles(alice.file);
  await dialog.getByRole("button", { name: "Open", exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect.poll(() => showsStep(page, 50)).toBe(true);
  await page.keyboard.press("Home");
  await expect.poll(() => showsStep(page, 0)).toBe(true);
  await expect(page.getByText("This recording is sealed.")).toBeHidden();
  await expect(sealed).toBeHidden();

  for (const request of sent) expect(request).not.toContain(alice.secret);
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  expect(kept).not.toContain(alice.secret);
  expect(complaints).toEqual([]);
});

test("a passphrase is asked for where the key file has one", async ({ page, programs }) => {
  const alice = programs.key("alice.key", "correct horse");
  const { address } = await programs.play(programs.make("--seconds", "12", "--seal-for", alice.publicKey));
  await page.goto(address);
  await page.getByRole("button", { name: "Open with a key…" }).click();
  const dialog = page.getByRole("dialog", { name: "Open with a key" });
  await expect(dialog.getByLabel("Passphrase of the key file")).toBeHidden();
  await dialog.getByLabel("Key file", { exact: true }).setInputFiles(alice.file);
  await page.keyboard.press("Enter");
  await dialog.getByRole("button", { name: "Open", exact: true }).click();
  await dialog.getByLabel("Passphrase of the key file").fill("wrong");
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("alert")).toContainText("wrong");
  await dialog.getByLabel("Passphrase of the key file").fill("correct horse");
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden({ timeout: 20_000 });
  await expect.poll(() => showsStep(page, 0)).toBe(true);
});

test("with --key the page is given the key", async ({ page, programs, complaints }) => {
  const alice = programs.key("alice.key");
  const file = programs.make("--seconds", "12", "--seal-for", alice.publicKey);
  const { address } = await programs.play(file, "--key", alice.file);
  await page.goto(address);
  await expect.poll(() => showsStep(page, 0)).toBe(true);
  expect(complaints).toEqual([]);
});
