/** Clicks at random places of the seek bar and measures until the picture is on the canvas. See benches/player-seek.sh. */
import { statSync } from "node:fs";
import { played, quantile } from "./played.mjs";

const [file, count = "120", hover = "0"] = process.argv.slice(2);
/** Before each click the pointer rests at its place for so long, in milliseconds; 0: it comes and clicks. */
const rests = Number(hover);
/** The page is loaded anew after so many seeks: what it holds must not make later seeks look better. */
const SEEKS_PER_PAGE = 6;

/** Numbers that are the same in every run. */
function* numbers(seed) {
  let state = seed;
  while (true) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

const { address, browser, page } = await played(file);

/** Resolves with what the click after this call costs. */
function measured() {
  const player = document.querySelector("kinescope-player");
  const before = player.bytesFetched;
  return new Promise((resolve) => {
    let clicked = 0;
    const pressed = (event) => {
      clicked = performance.timeOrigin + event.timeStamp;
    };
    document.addEventListener("pointerdown", pressed, { capture: true, once: true });
    const drawn = ({ detail }) => {
      if (!clicked || detail.drawn < clicked) return;
      player.removeEventListener("seeked", drawn);
      // The status with the bytes comes just after the picture.
      const [ms, decoding] = [detail.drawn - clicked, detail.decoding_ms];
      setTimeout(() => resolve({ ms, decoding, bytes: player.bytesFetched - before }), 50);
    };
    player.addEventListener("seeked", drawn);
    setTimeout(() => resolve(null), 5000);
  });
}

/** How long the recording is, and what was fetched to open it. */
function opened() {
  const player = document.querySelector("kinescope-player");
  return { seconds: player.duration, opening: player.bytesFetched };
}

const random = numbers(7);
const seeks = [];
const recording = { bytes: statSync(file).size };
while (seeks.length < Number(count)) {
  await page.goto(address);
  await page.waitForFunction(() => document.querySelector("kinescope-player")?.state === "paused");
  Object.assign(recording, await page.evaluate(opened));
  for (let at = 0; at < SEEKS_PER_PAGE; at += 1) {
    const box = await page.getByRole("slider").boundingBox();
    const [x, y] = [box.x + box.width * random.next().value, box.y + box.height / 2];
    if (rests > 0) {
      await page.mouse.move(x, y);
      await page.waitForTimeout(rests);
    }
    const answer = page.evaluate(measured);
    // The page listens before the click comes.
    await page.evaluate(() => undefined);
    await page.mouse.click(x, y);
    const seek = await answer;
    if (!seek) throw new Error("a click brought no picture within 5 s");
    seeks.push(seek);
  }
}
await browser.close();

const of = (what) => seeks.map((seek) => seek[what]);
const spread = (values) => ({
  median: quantile(values, 0.5),
  p95: quantile(values, 0.95),
  most: Math.max(...values),
});
const report = {
  seeks: seeks.length,
  rests_ms: rests,
  recording_s: recording.seconds,
  recording_bytes: recording.bytes,
  opening_bytes: recording.opening,
  without_fetching: of("bytes").filter((fetched) => fetched === 0).length,
  ms: spread(of("ms")),
  decoding_ms: spread(of("decoding")),
  bytes: spread(of("bytes")),
};
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
