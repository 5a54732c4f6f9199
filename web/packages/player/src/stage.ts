/** The picture on its stage: canvas, pointer above it, and messages over both. */
import { make, setText } from "./dom.ts";
import type { FromWorker, MonitorArea } from "./messages.ts";

/** What stands over the picture. */
export interface Message {
  /** A spinner says that something is under way. */
  busy: boolean;
  text: string;
  detail?: string;
  /** Stands aside rather than in the middle: there is a picture to see. */
  quiet?: boolean;
  /** The picture below is not what was on the screen then. */
  dark?: boolean;
  action?: { label: string; run: () => void };
}

export class Stage {
  readonly element = make("div", "stage");
  readonly canvas: HTMLCanvasElement;
  private readonly frame = make("div", "frame");
  private readonly pointer = make("canvas", "pointer", { "aria-hidden": "true" });
  private readonly veil = make("div", "veil", { role: "status" });
  private shown = "";
  private width = 0;
  private height = 0;
  private original = false;
  private view: MonitorArea | null = null;
  private hot = { x: 0, y: 0 };
  private place = { x: 0, y: 0, visible: false };

  constructor() {
    this.canvas = make("canvas", "picture", { role: "img", width: "16", height: "9" });
    this.pointer.hidden = true;
    this.veil.hidden = true;
    this.frame.hidden = true;
    this.frame.append(this.canvas, this.pointer);
    this.element.append(this.frame, this.veil);
    new ResizeObserver(() => this.layout()).observe(this.element);
  }

  /** The picture's size in pixels; none while there is no picture. */
  resize(width: number, height: number): void {
    if (width === this.width && height === this.height) return;
    [this.width, this.height] = [width, height];
    this.frame.hidden = width === 0;
    this.layout();
  }

  /** Shows one recorded pixel as one pixel of the viewer's screen, or all of the picture. */
  setOriginal(original: boolean): void {
    this.original = original;
    this.element.classList.toggle("original", original);
    if (original) this.element.setAttribute("tabindex", "0");
    else this.element.removeAttribute("tabindex");
    this.layout();
  }

  /** Shows one monitor's part of the picture, or all of it. */
  setView(view: MonitorArea | null): void {
    if (JSON.stringify(view) === JSON.stringify(this.view)) return;
    this.view = view;
    this.layout();
  }

  /** The part of the picture that is shown. */
  private get shownArea(): { x: number; y: number; width: number; height: number } {
    return this.view ?? { x: 0, y: 0, width: this.width, height: this.height };
  }

  private get scale(): number {
    if (this.original) return 1 / devicePixelRatio;
    const { clientWidth, clientHeight } = this.element;
    const { width, height } = this.shownArea;
    return Math.min(clientWidth / width, clientHeight / height);
  }

  private layout(): void {
    if (this.width === 0) return;
    const { scale, shownArea } = this;
    this.frame.style.width = `${shownArea.width * scale}px`;
    this.frame.style.height = `${shownArea.height * scale}px`;
    this.canvas.style.width = `${this.width * scale}px`;
    this.canvas.style.height = `${this.height * scale}px`;
    this.canvas.style.transform = `translate(${-shownArea.x * scale}px, ${-shownArea.y * scale}px)`;
    this.movePointer();
  }

  setPointerShape(shape: Extract<FromWorker, { type: "shape" }>): void {
    const { width, height, hotX: x, hotY: y } = shape;
    [this.pointer.width, this.pointer.height, this.hot] = [width, height, { x, y }];
    this.pointer.getContext("2d")?.putImageData(new ImageData(shape.rgba, width, height), 0, 0);
    this.movePointer();
  }

  setPointer(place: { x: number; y: number; visible: boolean }): void {
    this.place = place;
    this.movePointer();
  }

  private movePointer(): void {
    const { x, y, visible } = this.place;
    this.pointer.hidden = !visible;
    if (!visible || this.width === 0) return;
    const { scale, shownArea } = this;
    const [left, top] = [(x - this.hot.x - shownArea.x) * scale, (y - this.hot.y - shownArea.y) * scale];
    this.pointer.style.transform = `translate(${left}px, ${top}px) scale(${scale})`;
  }

  /** Puts a message over the picture, or takes it away. */
  say(message: Message | null): void {
    const gist = JSON.stringify(message);
    if (gist === this.shown) return;
    this.shown = gist;
    this.veil.hidden = !message;
    if (!message) {
      this.veil.replaceChildren();
      return;
    }
    const card = make("div", "card");
    if (message.busy) card.append(make("div", "spinner"));
    const text = make("p", "");
    setText(text, message.text);
    card.append(text);
    if (message.detail) {
      const detail = make("p", "detail");
      setText(detail, message.detail);
      card.append(detail);
    }
    if (message.action) {
      const button = make("button", "", { type: "button" });
      setText(button, message.action.label);
      button.addEventListener("click", message.action.run);
      card.append(button);
    }
    this.veil.classList.toggle("quiet", message.quiet === true);
    this.veil.classList.toggle("dark", message.dark === true);
    this.veil.replaceChildren(card);
  }
}
