/** Starts the programs that a test needs and ends them with it. Built before: `cargo build -p cli --bins --examples`. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, type Page } from "@playwright/test";

const TARGET = process.env.CARGO_TARGET_DIR ?? join(import.meta.dirname, "../../../../../target");
const BUILT = join(TARGET, process.env.PROFILE ?? "debug");

/** What a test asks the player's element. */
export interface Asked {
  currentTime: number;
  duration: number;
  pictureTime: number;
  live: boolean;
  following: boolean;
  state: string;
  notice: string;
  delay: number;
  bytesFetched: number;
}

/** A key for sealing and opening. */
export interface Key {
  file: string;
  publicKey: string;
  fingerprint: string;
  secret: string;
}

export class Programs {
  private readonly running: ChildProcess[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), "kinescope-player-"));

  /** A recording of the pattern; see crates/cli/examples/make_recording.rs. */
  make(...args: string[]): string {
    const file = join(this.folder, "made.kin");
    execFileSync(join(BUILT, "examples/make_recording"), ["pattern", "-o", file, ...args]);
    return file;
  }

  /** A new key: its file, its secret, and what may be known of it. */
  key(name: string, passphrase = ""): Key {
    const file = join(this.folder, name);
    const kinescope = (args: string[]) =>
      execFileSync(join(BUILT, "kinescope"), ["key", ...args], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
        env: { ...process.env, KINESCOPE_KEY_PASSPHRASE: passphrase },
      }).trim();
    const publicKey = kinescope(["new", "-o", file, ...(passphrase ? ["--passphrase"] : [])]);
    const fingerprint = kinescope(["show", "--fingerprint", file]);
    const { private: secret = passphrase } = JSON.parse(readFileSync(file, "utf8"));
    return { file, publicKey, fingerprint, secret };
  }

  /** The same, written as time passes; its header is there when this resolves. */
  async grow(...args: string[]): Promise<string> {
    const file = join(this.folder, "growing.kin");
    const maker = this.start(join(BUILT, "examples/make_recording"), [
      "pattern",
      "--grow",
      "-o",
      file,
      ...args,
    ]);
    while (!existsSync(file) || statSync(file).size === 0) {
      if (maker.exitCode !== null) throw new Error(`make_recording ended with ${maker.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return file;
  }

  start(program: string, args: string[]): ChildProcess {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.running.push(child);
    return child;
  }

  /** Serves a file; resolves with the address and the program. */
  async play(file: string, ...args: string[]): Promise<{ address: string; program: ChildProcess }> {
    const program = this.start(join(BUILT, "kinescope"), ["play", file, ...args]);
    let printed = "";
    for await (const piece of program.stdout ?? []) {
      printed += String(piece);
      const address = printed.match(/http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\//)?.[0];
      if (address) return { address, program };
    }
    throw new Error(`kinescope play printed no address: ${printed}`);
  }

  end(): void {
    for (const child of this.running) child.kill("SIGKILL");
  }
}

export const test = base.extend<{ programs: Programs; complaints: string[] }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from its pattern.
  programs: async ({}, use) => {
    const programs = new Programs();
    await use(programs);
    programs.end();
  },
  /** What the browser complains of, the content security policy above all. */
  complaints: async ({ page }, use) => {
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    await use(complaints);
  },
});

/** Reads the element's properties. */
export function ask(page: Page): Promise<Asked> {
  return page.evaluate(() => {
    const player = document.querySelector("kinescope-player");
    if (!player) throw new Error("no player");
    const { currentTime, duration, pictureTime, live, following, state, notice, delay, bytesFetched } =
      player;
    return { currentTime, duration, pictureTime, live, following, state, notice, delay, bytesFetched };
  });
}

/** A few pixels as [r, g, b] from the engine and from the canvas. */
export function pixels(page: Page, places: [x: number, y: number][]) {
  return page.evaluate(async (places) => {
    const player = document.querySelector("kinescope-player");
    const [engine, canvas] = [await player?.pixels(), await player?.canvasPixels()];
    const equal =
      engine?.width === canvas?.width && engine?.rgba.every((byte, at) => canvas?.rgba[at] === byte) === true;
    const of = ([x, y]: [number, number]) => {
      const at = ((engine?.width ?? 0) * y + x) * 4;
      return Array.from(engine?.rgba.slice(at, at + 3) ?? []);
    };
    return { width: engine?.width, height: engine?.height, equal, values: places.map(of) };
  }, places);
}

/** Waits until the picture of a step of the pattern is shown, exactly, on the canvas too. */
export async function showsStep(page: Page, step: number): Promise<boolean> {
  const { equal, values, width, height } = await pixels(page, [
    [3, 100],
    [159, 199],
    [160, 7],
    [319, 199],
  ]);
  const left = [step % 256, 255 - (step % 256), 0x40];
  const expected = JSON.stringify([left, left, [160, 0, 7], [319 - 256, 0, 199]]);
  return equal && width === 320 && height === 200 && JSON.stringify(values) === expected;
}
