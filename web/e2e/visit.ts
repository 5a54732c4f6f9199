/** What every spec needs: a signed-in page that notes whatever the browser complains about. */
import { test as base, expect, type Page } from "@playwright/test";

const user = process.env.KINESCOPE_USER ?? "admin";
const password = process.env.KINESCOPE_PASSWORD ?? "";

export async function logIn(page: Page, name = user, word = password): Promise<void> {
  await page.getByLabel("User").fill(name);
  await page.getByRole("textbox", { name: "Password" }).fill(word);
  await page.getByRole("button", { name: "Log in", exact: true }).click();
  await expect(page.getByRole("button", { name: `Menu of ${name}` })).toBeVisible();
}

/** Pictures of what a page shows, in both themes and sizes, where a folder for them is named. */
export async function pictures(page: Page, name: string): Promise<void> {
  const folder = process.env.KINESCOPE_PICTURES;
  if (!folder) {
    return;
  }
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const [width, height] of [
      [1280, 800],
      [1920, 1080],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.screenshot({ path: `${folder}/${name}-${colorScheme}-${width}.png` });
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 800 });
}

interface Fixtures {
  /** A page of somebody who holds every role, at the list of recordings. */
  console: Page;
  /** What the browser complained about: refused styles and scripts, errors, requests to other hosts. */
  complaints: string[];
}

export const test = base.extend<Fixtures>({
  complaints: async ({ page, baseURL }, use) => {
    const complaints: string[] = [];
    page.on("console", (message) => {
      // Asking who is signed in before anybody is answers 401, which Chromium calls an error.
      if (message.type() === "error" && !message.text().includes("401")) {
        complaints.push(message.text());
      }
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith("http") && url.origin !== new URL(baseURL ?? "").origin) {
        complaints.push(`asked another host: ${request.url()}`);
      }
    });
    await use(complaints);
  },
  console: async ({ page, complaints: _complaints }, use) => {
    await page.goto("/recordings");
    await logIn(page);
    await use(page);
  },
});

export { expect };
