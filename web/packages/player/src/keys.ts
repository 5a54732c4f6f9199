/** What keys and the wheel do. Pure: an event in, a wish out. */

export type Wish =
  | {
      do:
        | "toggle"
        | "backwards"
        | "full-screen"
        | "help"
        | "live"
        | "size"
        | "time"
        | "monitor"
        | "rests"
        | "performance";
    }
  | { do: "start" | "end" | "close" }
  | { do: "jump"; seconds: number }
  | { do: "step" | "event"; forward: boolean }
  | { do: "speed"; faster: boolean };

/** The parts of a keyboard event that count. */
export interface Key {
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

const JUMPS: Record<string, [plain: number, ctrl: number]> = {
  ArrowRight: [5, 30],
  ArrowLeft: [-5, -30],
  PageDown: [60, 360],
  PageUp: [-60, -360],
};

const PLAIN: Record<string, Wish> = {
  " ": { do: "toggle" },
  k: { do: "toggle" },
  f: { do: "full-screen" },
  g: { do: "performance" },
  "?": { do: "help" },
  l: { do: "live" },
  o: { do: "size" },
  b: { do: "backwards" },
  m: { do: "monitor" },
  n: { do: "event", forward: true },
  p: { do: "event", forward: false },
  r: { do: "rests" },
  t: { do: "time" },
  Home: { do: "start" },
  End: { do: "end" },
  Escape: { do: "close" },
  "7": { do: "jump", seconds: -7 },
  ",": { do: "step", forward: false },
  ".": { do: "step", forward: true },
  "-": { do: "speed", faster: false },
  "+": { do: "speed", faster: true },
};

/** What a key asks for; nothing for keys that belong to the browser or the page. */
export function wishOfKey(event: Key): Wish | null {
  if (event.altKey || event.metaKey) return null;
  const jump = Object.hasOwn(JUMPS, event.key) ? JUMPS[event.key] : undefined;
  if (jump) return { do: "jump", seconds: jump[event.ctrlKey ? 1 : 0] };
  if (event.ctrlKey) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return Object.hasOwn(PLAIN, key) ? (PLAIN[key] ?? null) : null;
}

/** What a notch of the wheel over the seek bar asks for: down is forwards. */
export function wishOfWheel(deltaY: number, ctrlKey: boolean): Wish | null {
  if (deltaY === 0) return null;
  return { do: "jump", seconds: Math.sign(deltaY) * (ctrlKey ? 90 : 15) };
}
