/** A recording that grows while it is watched. */
import { expect } from "@playwright/test";
import { ask, pixels, test } from "./served.ts";

test("live pictures come at once; looking back and returning", async ({ page, programs, complaints }) => {
  const file = await programs.grow("--seconds", "14");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const { address } = await programs.play(file);
  await page.goto(address);
  await expect.poll(async () => (await ask(page)).following).toBe(true);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await expect(page.getByText(/signed/)).toBeHidden();

  // Pictures' own times against the clock of this machine, which made them.
  const delays = await page.evaluate(async () => {
    const player = document.querySelector("kinescope-player");
    const seen: { time: number; drawn: number }[] = [];
    const listen = (event: Event) => {
      const { time_us, drawn } = (event as CustomEvent<{ time_us: number; drawn: number }>).detail;
      seen.push({ time: time_us / 1000, drawn });
    };
    player?.addEventListener("frame", listen);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    player?.removeEventListener("frame", listen);
    const index = await fetch("recording/index").then((answer) => answer.json());
    return seen.map(({ time, drawn }) => drawn - (index.started.unix_us / 1000 + time));
  });
  expect(delays.length).toBeGreaterThan(20);
  delays.sort((a, b) => a - b);
  expect(delays[Math.floor(delays.length / 2)]).toBeLessThan(300);
  const { equal } = await pixels(page, []);
  expect(equal).toBe(true);

  await page.keyboard.press("Home");
  await expect.poll(async () => (await ask(page)).following).toBe(false);
  await expect(page.getByRole("button", { name: "Jump to live" })).toBeVisible();
  await page.keyboard.press("l");
  await expect.poll(async () => (await ask(page)).following).toBe(true);

  await expect.poll(async () => (await ask(page)).state, { timeout: 20_000 }).toBe("ended");
  const { live, currentTime, duration } = await ask(page);
  expect({ live, currentTime, duration }).toEqual({ live: false, currentTime: 14, duration: 14 });
  expect((await pixels(page, [[3, 100]])).values[0]).toEqual([139, 255 - 139, 0x40]);
  await expect(page.getByRole("status").filter({ hasText: "signed" })).toHaveText(/Not signed/);
  expect(complaints).toEqual([]);
});

test("a recording at rest is opened at now, not at its last change", async ({ page, programs }) => {
  const file = await programs.grow("--seconds", "30");
  await new Promise((resolve) => setTimeout(resolve, 2500));
  // Its writer is held up: nothing more comes, and nothing says that it has ended.
  programs.end();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const { address } = await programs.play(file);
  await page.goto(address);
  await expect.poll(async () => (await ask(page)).following).toBe(true);
  await expect.poll(async () => (await pixels(page, [])).equal).toBe(true);
  const { currentTime, duration, pictureTime } = await ask(page);
  expect(pictureTime).toBeGreaterThan(1.5);
  expect(pictureTime).toBeLessThan(3);
  expect(currentTime).toBe(duration);
  expect(duration).toBeGreaterThan(pictureTime + 2.9);
  expect(duration, "and not beyond now").toBeLessThan(pictureTime + 8);
});

test("whoever hears of a picture finds its time in position and length", async ({ page, programs }) => {
  const { address } = await programs.play(await programs.grow("--seconds", "20"));
  await page.goto(address);
  await expect.poll(async () => (await ask(page)).following).toBe(true);
  const told = await page.evaluate(
    () =>
      new Promise<{ picture: number; said: number; duration: number }[]>((resolve) => {
        const player = document.querySelector("kinescope-player");
        const told: { picture: number; said: number; duration: number }[] = [];
        player?.addEventListener("frame", (event) => {
          const { time_us } = (event as CustomEvent<{ time_us: number }>).detail;
          told.push({ picture: time_us / 1e6, said: player.pictureTime, duration: player.duration });
          if (told.length === 40) resolve(told);
        });
      }),
  );
  for (const { picture, said, duration } of told) {
    expect(said).toBe(picture);
    expect(duration).toBeGreaterThanOrEqual(picture);
  }
});
