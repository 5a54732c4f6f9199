/** What the worker is to do for a wish. Pure. */
import type { Wish } from "./keys.ts";
import type { Status, ToWorker } from "./messages.ts";
import { nextSpeed } from "./time.ts";

/** Nothing for wishes that the page itself fulfils. */
export function orderOf(wish: Wish, status: Status): ToWorker | null {
  if (wish.do === "toggle") return { type: status.playing ? "pause" : "play" };
  if (wish.do === "backwards") return { type: status.backwards ? "pause" : "backwards" };
  if (wish.do === "rests") return { type: "skip-rests", skip: !status.skipsRests };
  if (wish.do === "live") return { type: "live" };
  if (wish.do === "step") return { type: "step", forward: wish.forward };
  if (wish.do === "speed") return { type: "speed", speed: nextSpeed(status.speed, wish.faster) };
  return null;
}
