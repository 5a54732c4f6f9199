/** Plays at 32× from the start and measures how fast the position moves by the viewer's clock. See benches/player-seek.sh. */
import { played, quantile } from "./played.mjs";

const [file, wallSeconds = "30", speed = "32"] = process.argv.slice(2);
const { address, browser, page } = await played(file);
await page.goto(address);
await page.waitForFunction(() => document.querySelector("kinescope-player")?.state === "paused");
const seen = await page.evaluate(
  async ([seconds, speed]) => {
    const player = document.querySelector("kinescope-player");
    const drawn = [];
    player.addEventListener("frame", ({ detail }) => drawn.push(detail.drawn));
    player.setSpeed(speed);
    player.play();
    // The first bytes have to come before anything moves.
    while (player.currentTime === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const [from, began] = [player.currentTime, performance.now()];
    const positions = [];
    while (performance.now() - began < seconds * 1000 && player.state !== "ended") {
      await new Promise((resolve) => setTimeout(resolve, 100));
      positions.push([(performance.now() - began) / 1000, player.currentTime - from]);
    }
    return { positions, drawn, bytes: player.bytesFetched };
  },
  [Number(wallSeconds), Number(speed)],
);
await browser.close();

const [wall, recorded] = seen.positions.at(-1);
const stands = seen.drawn.slice(1).map((at, number) => at - seen.drawn[number]);
const behind = seen.positions.map(([after, moved]) => after - moved / Number(speed));
const report = {
  speed: Number(speed),
  wall_s: wall,
  recorded_s: recorded,
  reached: recorded / wall,
  behind_s: { last: behind.at(-1), most: Math.max(...behind) },
  pictures: seen.drawn.length,
  picture_stands_ms: {
    median: quantile(stands, 0.5),
    p99: quantile(stands, 0.99),
    most: Math.max(...stands),
  },
  bytes: seen.bytes,
};
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
