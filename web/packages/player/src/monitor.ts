/** Which monitor is shown: chosen by name and remembered by the browser, so that it is the same in the next recording. */
import type { MonitorArea } from "./messages.ts";

const KEY = "kinescope-player.monitor";

export class MonitorChoice {
  private name = remembered();

  /** The chosen monitor, if it is among these; otherwise all are shown until it is. */
  among(monitors: MonitorArea[]): MonitorArea | null {
    return monitors.find((monitor) => monitor.name === this.name) ?? null;
  }

  /** Chooses by name; empty for all. */
  choose(name: string): void {
    this.name = name;
    try {
      if (name) localStorage.setItem(KEY, name);
      else localStorage.removeItem(KEY);
    } catch {
      // Without a store it is forgotten with the page.
    }
  }

  /** All, then each from left to right, then all again. */
  next(monitors: MonitorArea[]): void {
    const at = monitors.findIndex((monitor) => monitor.name === this.name);
    this.choose(monitors[at + 1]?.name ?? "");
  }
}

function remembered(): string {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}
