/**
 * Decodes every picture of a recording one after the other in Chromium, by the engine alone and without drawing, and prints
 * how many times faster than real time that was. See benches/player-seek.sh.
 */
import { readFileSync } from "node:fs";
import { chromium } from "@playwright/test";
import { launch } from "./played.mjs";

const [file, times = "5"] = process.argv.slice(2);
const kept = (path) => readFileSync(new URL(`../wasm/${path}`, import.meta.url));
const answers = {
  "/": { contentType: "text/html", body: "<!doctype html>" },
  "/engine.js": { contentType: "text/javascript", body: kept("engine.js") },
  "/engine_bg.wasm": { contentType: "application/wasm", body: kept("engine_bg.wasm") },
  "/recording": { contentType: "application/octet-stream", body: readFileSync(file) },
};

const browser = await chromium.launch(launch);
const page = await browser.newPage();
await page.route("**/*", (route) => route.fulfill(answers[new URL(route.request().url()).pathname]));
await page.goto("http://decode.test/");

/** Feeds the engine from memory, as if the recording still grew: so it finds out by itself what is in it. */
async function decoded(times) {
  const { default: load, Engine } = await import("/engine.js");
  const { memory } = await load({ module_or_path: "/engine_bg.wasm" });
  const bytes = new Uint8Array(await (await fetch("/recording")).arrayBuffer());
  const nothing = {
    recording: null,
    started: null,
    duration_us: 0,
    width: null,
    height: null,
    content_bytes: 0,
  };
  const lists = {
    groups: [],
    gaps: [],
    events: [],
    gaps_left_out: 0,
    events_left_out: 0,
    incarnations: 0,
    end: null,
  };
  const opening = new TextEncoder().encode(JSON.stringify({ ...nothing, ...lists, live: true, length: 0 }));
  const runs = [];
  for (let time = 0; time < times; time += 1) {
    const engine = new Engine(opening);
    engine.feed_tail(0, bytes);
    engine.end_live();
    engine.seek(0);
    while (engine.run(64));
    const began = performance.now();
    let pictures = 0;
    while (true) {
      const before = engine.picture_time;
      engine.step(true);
      while (engine.run(64));
      if (!engine.settled) throw new Error("the engine wants bytes that it has");
      if (engine.picture_time === before) break;
      pictures += 1;
    }
    runs.push({ ms: performance.now() - began, pictures, recorded_s: engine.newest / 1e6 });
    engine.free();
  }
  return { runs, memory_bytes: memory.buffer.byteLength };
}

const { runs, memory_bytes } = await page.evaluate(decoded, Number(times));
await browser.close();
const speeds = runs.map(({ ms, recorded_s }) => recorded_s / (ms / 1000)).sort((a, b) => a - b);
const report = {
  recorded_s: runs[0].recorded_s,
  pictures: runs[0].pictures,
  times_real_time: { least: speeds[0], median: speeds[speeds.length >> 1], most: speeds.at(-1) },
  memory_bytes,
};
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
