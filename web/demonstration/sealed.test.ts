/**
 * Sealing and receipts through the whole server: set in the console, sealed by a real recorder, shown with the key alone, and
 * judged from what was downloaded.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {} from "@kinescope/player";
import { expect, type Page, test } from "@playwright/test";
import { compare, type Moment } from "./comparing.ts";
import { Demonstration, PROGRAMS, signIn } from "./demonstration.ts";
import { Desktop } from "./desktop.ts";

const KINESCOPE = join(PROGRAMS, "kinescope");

/** What a test that fails half-way must not leave running. */
const stopping: (() => unknown)[] = [];
test.afterEach(() => Promise.all(stopping.splice(0).map((stop) => stop())));

/** Makes a key file and returns the public key. */
function newKey(file: string): string {
  return execFileSync(KINESCOPE, ["key", "new", "-o", file], { encoding: "utf8" }).trim();
}

async function sealFor(page: Page, address: string, name: string, key: string): Promise<void> {
  // Signed in by then.
  await expect(page.getByRole("heading", { level: 1, name: "Recordings" })).toBeVisible({ timeout: 30_000 });
  await page.goto(`${address}/policies`);
  await page.getByRole("button", { name: "Change", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name of recipient 1").fill(name);
  await dialog.getByLabel("Public key of recipient 1").fill(key);
  const seal = dialog.getByRole("button", { name: "Seal new recordings" });
  await expect(seal).toBeDisabled();
  await dialog.getByRole("checkbox", { name: "At least one of these people" }).check();
  await seal.click();
  await expect(page.getByText("Sessions that start from now on are recorded like this.")).toBeVisible();
}

/** Gives the player a key file. */
async function openWith(page: Page, file: string): Promise<void> {
  const dialog = page.getByRole("dialog", { name: "Open with a key" });
  if (!(await dialog.isVisible())) await page.getByRole("button", { name: "Open with a key…" }).click();
  await dialog.getByLabel("Key file", { exact: true }).setInputFiles(file);
  await dialog.getByRole("button", { name: "Open", exact: true }).click();
}

function hasPicture(page: Page): Promise<boolean> {
  return page.evaluate(async () => Boolean(await document.querySelector("kinescope-player")?.pixels()));
}

test("a sealed desktop is seen with its key alone, and what is downloaded is signed and witnessed", async ({
  page,
}) => {
  page.setDefaultTimeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), "kinescope-sealed-"));
  const [alice, mallory] = [join(folder, "alice.key"), join(folder, "mallory.key")];
  const [publicKey] = [newKey(alice), newKey(mallory)];

  // A setting holds for sessions that start from then on: it is made before there is one.
  const empty = await Desktop.start(folder, "640x480");
  stopping.push(() => empty.end());
  let demonstration = await Demonstration.start(join(folder, "data"), empty.recorded);
  stopping.push(() => demonstration.stop());
  if (!demonstration.login) throw new Error("no first login");
  await signIn(page, demonstration.address, demonstration.login);
  await sealFor(page, demonstration.address, "Alice", publicKey);
  await demonstration.stop();

  const own = mkdtempSync(join(folder, "desktop-"));
  const desktop = await Desktop.start(own, "1024x768");
  stopping.push(() => desktop.end());
  desktop.call("xsetroot", ["-mod", "7", "5", "-fg", "orange", "-bg", "navy"]);
  desktop.run("xclock", ["-geometry", "300x300+400+200", "-update", "1"]);
  demonstration = await Demonstration.start(join(folder, "data"), desktop.recorded);
  await page.goto(demonstration.address);
  const newest = page.locator("a[href*='/recordings/']");
  await expect(newest).toHaveCount(2, { timeout: 30_000 });
  await newest.first().click();
  await page.waitForFunction(() => (document.querySelector("kinescope-player")?.duration ?? 0) > 3);
  const id = new URL(page.url()).pathname.split("/").pop() ?? "";

  await expect(page.getByText("This recording is sealed.")).toBeVisible();
  await expect(page.getByText("Sealed for: Alice")).toBeVisible();
  expect(await hasPicture(page)).toBe(false);
  await openWith(page, mallory);
  await expect(page.getByRole("alert").filter({ hasText: "it was not sealed for it" })).toBeVisible();
  expect(await hasPicture(page)).toBe(false);
  await openWith(page, alice);
  await expect(page.getByText("This recording is sealed.")).toBeHidden();
  const moment = await desktop.still(() => compare(page, desktop));
  await page.getByRole("slider").hover();
  await expect(page.locator("kinescope-player canvas.preview")).toBeVisible({ timeout: 30_000 });

  desktop.end();
  const address = `${demonstration.address}/api/v1/recordings/${id}`;
  await expect
    .poll(async () => (await (await page.request.get(address)).json()).state, { timeout: 60_000 })
    .toBe("finished");
  const recording = join(folder, `${id}.kin`);
  writeFileSync(recording, await (await page.request.get(`${address}/data`)).body());
  checkPicture(recording, alice, moment);
  writeFileSync(join(folder, `${id}.kev`), await (await page.request.get(`${address}/evidence`)).body());
  const serverKey = (await (await page.request.get(`${demonstration.address}/api/v1/evidence-key`)).json())
    .server_key;
  const bundle = join(folder, "bundle.zip");
  writeFileSync(bundle, await (await page.request.get(`${address}/bundle`)).body());
  expect(judge(bundle, serverKey)).toMatchObject({ status: 0, intact: true, no_receipt_bytes: 0 });
  checkJudgement(recording, serverKey);
});

/** `kinescope frame` shows the same with the key, and says whose key is needed without it. */
function checkPicture(recording: string, key: string, { picture, pictureTime }: Moment): void {
  const image = `${recording}.png`;
  const args = ["frame", recording, "--at", String(pictureTime), "-o", image];
  execFileSync(KINESCOPE, [...args, "--key", key]);
  const rgb = execFileSync("convert", [image, "-depth", "8", "rgb:-"], { maxBuffer: 1 << 28 });
  expect(rgb.equals(picture.rgb), "kinescope frame shows what the X server showed").toBe(true);
  const refused = spawnSync(KINESCOPE, args, { encoding: "utf8" });
  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toContain("sealed");
}

/** What `kinescope verify` says. */
function judge(file: string, serverKey: string) {
  const said = spawnSync(KINESCOPE, ["verify", "--json", "--server-key", serverKey, file], {
    encoding: "utf8",
  });
  return { status: said.status, ...JSON.parse(said.stdout) };
}

/** Signed by the machine and witnessed by the server to its last byte; not with one byte changed. */
function checkJudgement(recording: string, serverKey: string): void {
  const judged = judge(recording, serverKey);
  expect(judged).toMatchObject({ status: 0, intact: true, verdict: "holds", no_receipt_bytes: 0 });
  expect(judged.signatures.right).toBeGreaterThan(0);
  expect(judged.receipts.confirmed).toBe(judged.receipts.right);
  expect(judged.receipts.confirmed).toBeGreaterThan(1);
  const changed = readFileSync(recording);
  const at = Math.floor(changed.length / 2);
  changed[at] = (changed[at] ?? 0) ^ 1;
  writeFileSync(recording, changed);
  expect(judge(recording, serverKey)).toMatchObject({ status: 3, intact: false });
}
