/** A virtual desktop whose clients can be stopped, so that its picture stands still and can be compared. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "./waiting.ts";

export interface Picture {
  width: number;
  height: number;
  /** Red, green, blue, one byte each, row by row. */
  rgb: Buffer;
}

export class Desktop {
  private readonly children: ChildProcess[] = [];
  private constructor(
    readonly display: string,
    readonly authority: string,
    private readonly server: ChildProcess,
  ) {}

  /** Starts an X server on a free display of its own choice. */
  static async start(folder: string, size: string): Promise<Desktop> {
    const authority = join(folder, "xauthority");
    writeFileSync(authority, cookie(), { mode: 0o600 });
    const args = [
      "-displayfd",
      "3",
      "-screen",
      "0",
      `${size}x24`,
      "-nolisten",
      "tcp",
      "-noreset",
      "-auth",
      authority,
    ];
    const server = spawn("Xvfb", args, { stdio: ["ignore", "ignore", "ignore", "pipe"] });
    let named = "";
    server.stdio[3]?.on("data", (piece: Buffer) => {
      named += piece.toString();
    });
    await waitFor("Xvfb to name its display", () => named.endsWith("\n"));
    return new Desktop(`:${named.trim()}`, authority, server);
  }

  /** For its clients. */
  private get environment(): NodeJS.ProcessEnv {
    return { ...process.env, DISPLAY: this.display, XAUTHORITY: this.authority };
  }

  /** For a demonstration that shall record it. */
  get recorded(): NodeJS.ProcessEnv {
    return { ...process.env, DESKTOP: this.display, XAUTHORITY: this.authority };
  }

  /** Starts a client and lets it run. */
  run(program: string, args: string[] = []): ChildProcess {
    const child = spawn(program, args, { env: this.environment, stdio: "ignore" });
    this.children.push(child);
    return child;
  }

  /** Runs a client to its end. */
  call(program: string, args: string[]): Buffer {
    return execFileSync(program, args, { env: this.environment, maxBuffer: 1 << 28 });
  }

  /** The X server's own picture, without the pointer. */
  picture(): Picture {
    const width = Number(this.call("xdotool", ["getdisplaygeometry"]).toString().split(" ")[0]);
    const dump = join(this.authority, "..", "picture.xwd");
    this.call("xwd", ["-root", "-silent", "-out", dump]);
    const rgb = execFileSync("convert", [`xwd:${dump}`, "-depth", "8", "rgb:-"], { maxBuffer: 1 << 28 });
    return { width, height: rgb.length / 3 / width, rgb };
  }

  /** Stops every client but the recorder, runs something, and lets them go on. */
  async still<T>(work: () => Promise<T>): Promise<T> {
    const clients = this.clients();
    for (const pid of clients) signal(pid, "SIGSTOP");
    try {
      return await work();
    } finally {
      for (const pid of clients) signal(pid, "SIGCONT");
    }
  }

  /** Processes with this display in their environment. The demonstration is told of it in other words. */
  private clients(): number[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`DISPLAY=${this.display}`);
        } catch {
          return false; // Gone meanwhile.
        }
      });
  }

  end(): void {
    for (const pid of this.clients()) signal(pid, "SIGKILL");
    for (const child of this.children) child.kill("SIGKILL");
    this.server.kill("SIGTERM");
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended on its own.
  }
}

/** An authority file's one entry: family "wild", so that it fits any display. */
function cookie(): Buffer {
  const name = Buffer.from("MIT-MAGIC-COOKIE-1");
  const number = (value: number) => Buffer.from([value >> 8, value & 0xff]);
  return Buffer.concat([
    number(0xffff),
    number(0),
    number(0),
    number(name.length),
    name,
    number(16),
    randomBytes(16),
  ]);
}
