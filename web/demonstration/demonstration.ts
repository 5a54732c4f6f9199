/** `make run` without its build: started, read, signed in to, and stopped like a newcomer does it. */

import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import type {} from "@kinescope/player";
import { expect, type Page } from "@playwright/test";
import { waitFor } from "./waiting.ts";

const ROOT = join(import.meta.dirname, "../..");
const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
/** Where the programs under test are. */
export const PROGRAMS = join(TARGET, process.env.PROFILE ?? "debug");

export interface Login {
  user: string;
  password: string;
}

export class Demonstration {
  private constructor(
    private readonly script: ChildProcess,
    readonly address: string,
    /** What it printed, as the newcomer sees it. */
    readonly printed: string,
    /** The first login: printed at the first start and never again. */
    readonly login: Login | undefined,
  ) {}

  static async start(data: string, environment: NodeJS.ProcessEnv = process.env): Promise<Demonstration> {
    const port = await freePort();
    const script = spawn(join(ROOT, "scripts/run.sh"), {
      env: { ...environment, KINESCOPE_DATA: data, KINESCOPE_PROGRAMS: PROGRAMS, PORT: String(port) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let printed = "";
    script.stdout?.on("data", (piece: Buffer) => {
      printed += piece.toString();
    });
    script.stderr?.on("data", (piece: Buffer) => {
      printed += piece.toString();
    });
    await waitFor("the demonstration to say what it records", () => {
      if (script.exitCode !== null) throw new Error(`the demonstration ended: ${printed}`);
      return printed.includes("Recording display");
    });
    const login = printed.match(/user (\S+)\s+password (\S+)/);
    return new Demonstration(
      script,
      printed.match(/https:\/\/\S+/)?.[0] ?? "",
      printed,
      login?.[1] && login[2] ? { user: login[1], password: login[2] } : undefined,
    );
  }

  /** Ctrl-C. */
  async stop(): Promise<void> {
    this.script.kill("SIGINT");
    await waitFor(
      "the demonstration to stop",
      () => this.script.exitCode !== null || this.script.signalCode !== null,
    );
    expect(this.script.exitCode, "ctrl-C is a clean end").toBe(0);
  }
}

/** Signs in on the page that is shown. */
export async function signIn(page: Page, address: string, login: Login): Promise<void> {
  await page.goto(address);
  await page.getByRole("textbox", { name: "User" }).fill(login.user);
  await page.getByRole("textbox", { name: "Password" }).fill(login.password);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** Opens the newest recording in the list and waits for a picture. */
export async function openNewest(page: Page): Promise<void> {
  await page.locator("a[href*='/recordings/']").first().click();
  await page.waitForFunction(() => (document.querySelector("kinescope-player")?.duration ?? 0) > 0);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const bound = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (bound === null || typeof bound === "string") throw new Error("no port could be had");
  return bound.port;
}
