/**
 * `<kinescope-player>`: plays one recording. Importing this module defines the element.
 *
 * Attributes: `src-base`, the address below which the doors `index`, `data` and `live` are; `start`, seconds to begin at
 * (without it a live recording is followed, another one begins at its start); `theme`, `light` or `dark` where the page's own
 * colour scheme is not wanted. Looks: custom properties named in styles.ts.
 */
import { DocumentError } from "./asked.ts";
import { KinescopePlayer } from "./element.ts";
import { KinescopePerformance } from "./performance-element.ts";

export type { PlayerEvent } from "./happenings.ts";
export type {
  DocumentTrouble,
  FrameDetail,
  KeyAnswer,
  KeyOutcome,
  Picture,
  PlayerState,
  PrintedDocument,
  Sealed,
  SeekedDetail,
} from "./messages.ts";
export { english, type PlayerTexts } from "./texts.ts";
export { DocumentError, KinescopePerformance, KinescopePlayer };

if (!customElements.get("kinescope-player")) customElements.define("kinescope-player", KinescopePlayer);
if (!customElements.get("kinescope-performance")) {
  customElements.define("kinescope-performance", KinescopePerformance);
}

declare global {
  interface HTMLElementTagNameMap {
    "kinescope-player": KinescopePlayer;
    "kinescope-performance": KinescopePerformance;
  }
}
