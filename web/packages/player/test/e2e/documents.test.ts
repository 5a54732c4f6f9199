/** Copies of what was printed: given out by both elements, whole or with the reason why not. */
import { readFileSync } from "node:fs";
import { expect, type Page } from "@playwright/test";
import { ask, showsStep, test } from "./served.ts";

const LONG_US = 6_100_000;
const SHORT_US = 9_000_000;

type Given = { name: string; text: string; size: number; sum: number }[] | string;

/** What an element gives of the documents of a moment: names, contents of short ones, sizes and sums; or why there are none. */
function given(page: Page, time_us: number, text = "", element = "kinescope-player"): Promise<Given> {
  return page.evaluate(
    async ([element, at, text]) => {
      const found = document.querySelector(element as "kinescope-player");
      try {
        const documents = (await found?.document(Number(at), String(text))) ?? [];
        return documents.map(({ name, bytes }) => ({
          name,
          text: bytes.length < 100 ? new TextDecoder().decode(bytes) : "",
          size: bytes.length,
          sum: bytes.reduce((sum, byte) => sum + byte, 0),
        }));
      } catch (error) {
        return (error as { trouble?: string }).trouble ?? String(error);
      }
    },
    [element, time_us, text] as const,
  );
}

/** A million bytes that count to 252 again and again. */
const LONG = {
  name: "../<b>long</b> letter.pdf",
  text: "",
  size: 1_000_000,
  sum: Array.from({ length: 1_000_000 }, (_none, at) => at % 253).reduce((sum, byte) => sum + byte, 0),
};
const ONE = { name: "one.txt", text: "the first", size: 9, sum: 900 };

test("a document comes whole by the moment of its event, whatever is played", async ({
  page,
  programs,
  complaints,
}) => {
  const { address } = await programs.play(programs.make("--seconds", "20", "--documents"));
  await page.goto(address);
  await expect.poll(() => showsStep(page, 0)).toBe(true);
  const events = await page.evaluate(() => document.querySelector("kinescope-player")?.events);
  const kept = events?.filter(({ kind }) => kind === "document-kept") ?? [];
  expect(kept.map(({ time_us }) => time_us)).toEqual([LONG_US, SHORT_US, SHORT_US, SHORT_US]);
  await page.keyboard.press(" ");
  expect(await given(page, LONG_US)).toEqual([LONG]);
  expect(await given(page, SHORT_US, kept[1]?.text)).toMatchObject([{ ...ONE, sum: expect.any(Number) }]);
  expect(await given(page, SHORT_US, kept[3]?.text), "another than its event says").toBe("damaged");
  expect(await given(page, SHORT_US), "one of them is").toBe("damaged");
  expect(await given(page, 1_000_000)).toBe("not-found");
  // Several at once are answered, each with its own.
  const both = await Promise.all([given(page, LONG_US), given(page, SHORT_US, kept[2]?.text)]);
  expect(both).toMatchObject([[LONG], [{ name: "two.txt", text: "the second" }]]);
  expect((await ask(page)).state).toBe("playing");
  await page.evaluate(() => document.querySelector("kinescope-player")?.remove());
  expect(complaints).toEqual([]);
});

test("a sealed document comes with the key alone", async ({ page, programs, complaints }) => {
  const alice = programs.key("alice.key");
  const file = programs.make("--seconds", "20", "--documents", "--seal-for", alice.publicKey);
  const { address } = await programs.play(file);
  await page.goto(address);
  await expect(page.getByText("This recording is sealed.")).toBeVisible();
  expect(await given(page, LONG_US)).toBe("sealed");
  await page.evaluate(
    (key) => document.querySelector("kinescope-player")?.addKey(key),
    readFileSync(alice.file, "utf8"),
  );
  expect(await given(page, LONG_US)).toEqual([LONG]);
  expect(complaints).toEqual([]);
});

test("a document of a live recording comes once it is stored", async ({ page, programs, complaints }) => {
  const { address } = await programs.play(await programs.grow("--seconds", "30", "--documents"));
  await page.goto(address);
  const heard = () =>
    page.evaluate(() =>
      document.querySelector("kinescope-player")?.events.some(({ kind }) => kind === "document-kept"),
    );
  await expect.poll(heard).toBe(true);
  await expect.poll(() => given(page, LONG_US)).toEqual([LONG]);
  expect((await ask(page)).live).toBe(true);
  expect(complaints).toEqual([]);
});

test("the charts of a recording without a picture give them, too, and say what failed", async ({
  page,
  programs,
}) => {
  const { address } = await programs.play(
    programs.make("--seconds", "20", "--documents", "--no-picture", "--performance"),
  );
  await page.goto(address);
  await page.evaluate(() => {
    const charts = document.createElement("kinescope-performance");
    charts.setAttribute(
      "src-base",
      document.querySelector("kinescope-player")?.getAttribute("src-base") ?? "",
    );
    document.querySelector("kinescope-player")?.replaceWith(charts);
  });
  // Asked before the recording is open: answered when it is.
  expect(await given(page, LONG_US, "", "kinescope-performance")).toEqual([LONG]);
  await page.route("**/data", (route) => route.abort());
  expect(await given(page, LONG_US, "", "kinescope-performance")).toBe("network");
  await page.unroute("**/data");
  await page.route("**/data", (route) => route.fulfill({ status: 403 }));
  expect(await given(page, LONG_US, "", "kinescope-performance")).toBe("refused");
  const closed = page.evaluate(async () => {
    const charts = document.querySelector("kinescope-performance");
    const asked = charts?.document(1).catch((error: { trouble: string }) => error.trouble);
    charts?.remove();
    return [await asked, await charts?.document(1).catch((error: { trouble: string }) => error.trouble)];
  });
  expect(await closed).toEqual(["closed", "closed"]);
});
