/** A small window over the picture that says how busy the machine was at the position. Moved by mouse and by keys. */
import { make, setText } from "./dom.ts";
import { MEASURES, type Measure, measured, valueLabel } from "./figures.ts";
import type { Figures } from "./messages.ts";
import { type PanelPlace, rememberedPlace, rememberPlace } from "./panel-place.ts";
import type { PlayerTexts } from "./texts.ts";

/** How far an arrow key moves it, in pixels; with Shift further. */
const STEP_PX = 16;
const LONG_STEP_PX = 96;
/** Free of the edges. */
const MARGIN_PX = 8;

const ARROWS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export class PerformancePanel {
  readonly element = make("section", "panel", { tabindex: "0" });
  private readonly title = make("h2", "");
  private readonly close = make("button", "button text", { type: "button" });
  private readonly terms = new Map<Measure, { term: HTMLElement; value: HTMLElement }>();
  private readonly list = make("dl", "");
  private readonly note = make("p", "");
  private place: PanelPlace = rememberedPlace();
  private grabbed: { x: number; y: number } | null = null;

  /** `room` is what it may stand on; `changed` learns of showing and hiding. */
  constructor(
    private readonly room: () => HTMLElement,
    private readonly changed: () => void,
  ) {
    const head = make("header", "");
    head.append(this.title, this.close);
    for (const measure of MEASURES) {
      const [term, value] = [make("dt", ""), make("dd", "")];
      this.terms.set(measure, { term, value });
      this.list.append(term, value);
    }
    this.element.append(head, this.list, this.note);
    this.element.hidden = !this.place.shown;
    this.close.textContent = "✕";
    this.close.addEventListener("click", () => this.show(false));
    head.addEventListener("pointerdown", (event) => this.grab(event));
    head.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"] as const) {
      head.addEventListener(end, () => {
        this.grabbed = null;
        rememberPlace(this.place);
      });
    }
    this.element.addEventListener("keydown", (event) => this.key(event));
  }

  get shown(): boolean {
    return this.place.shown;
  }

  show(shown: boolean): void {
    const hadFocus = this.element.contains(this.element.ownerDocument.activeElement) || this.hasFocusInside();
    this.place = { ...this.place, shown };
    this.element.hidden = !shown;
    rememberPlace(this.place);
    this.lay();
    this.changed();
    // Who closes it by its button goes on with the player's keys.
    const root = this.element.getRootNode();
    if (!shown && hadFocus && root instanceof ShadowRoot && root.host instanceof HTMLElement)
      root.host.focus();
  }

  private hasFocusInside(): boolean {
    const root = this.element.getRootNode();
    return root instanceof ShadowRoot && this.element.contains(root.activeElement);
  }

  setTexts(words: PlayerTexts): void {
    setText(this.title, words.performance);
    this.element.setAttribute("aria-label", words.performance);
    this.element.title = words.performanceMove;
    this.close.setAttribute("aria-label", words.close);
    for (const [measure, { term }] of this.terms) setText(term, words.measures[measure]);
  }

  /** Shows figures; where there are none, why. `note` says of which moment they are, or that. */
  say(figures: Figures | null, note: string): void {
    this.list.hidden = figures === null;
    for (const [measure, { value }] of this.terms) {
      setText(value, valueLabel(measure, figures && measured(figures, measure)));
    }
    setText(this.note, note);
    this.lay();
  }

  /** Puts it where it stands in the room that there is now. */
  lay(): void {
    if (this.element.hidden) return;
    const { width, height } = this.free();
    this.element.style.left = `${Math.round(MARGIN_PX + this.place.x * width)}px`;
    this.element.style.top = `${Math.round(MARGIN_PX + this.place.y * height)}px`;
  }

  /** How far it can be moved. */
  private free(): { width: number; height: number } {
    const { clientWidth, clientHeight } = this.room();
    return {
      width: Math.max(0, clientWidth - this.element.offsetWidth - 2 * MARGIN_PX),
      height: Math.max(0, clientHeight - this.element.offsetHeight - 2 * MARGIN_PX),
    };
  }

  private move(x: number, y: number): void {
    const { width, height } = this.free();
    const share = (at: number, by: number, room: number) =>
      room > 0 ? Math.min(1, Math.max(0, at + by / room)) : at;
    this.place = { ...this.place, x: share(this.place.x, x, width), y: share(this.place.y, y, height) };
    this.lay();
  }

  private grab(event: PointerEvent): void {
    if (event.button !== 0 || event.composedPath().includes(this.close)) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.grabbed = { x: event.clientX, y: event.clientY };
  }

  private drag(event: PointerEvent): void {
    if (!this.grabbed) return;
    this.move(event.clientX - this.grabbed.x, event.clientY - this.grabbed.y);
    this.grabbed = { x: event.clientX, y: event.clientY };
  }

  private key(event: KeyboardEvent): void {
    const arrow = Object.hasOwn(ARROWS, event.key) ? ARROWS[event.key] : undefined;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (arrow) {
      const step = event.shiftKey ? LONG_STEP_PX : STEP_PX;
      this.move(arrow[0] * step, arrow[1] * step);
      rememberPlace(this.place);
    } else if (event.key === "Escape") this.show(false);
    else return;
    // The player's own arrow keys seek.
    event.preventDefault();
    event.stopPropagation();
  }
}
