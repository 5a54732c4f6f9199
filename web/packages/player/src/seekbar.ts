/** The seek bar: where we are, what happened when, what is missing; hover says the time and shows how the screen looked. */
import { make, setText } from "./dom.ts";
import { type Group, groupOf } from "./groups.ts";
import { type Wish, wishOfWheel } from "./keys.ts";
import type { Mark, TimelineMap } from "./messages.ts";

/** Who rests so long at one place, and moves less than this, may be about to click there. */
const RESTS_MS = 80;
const RESTS_PX = 3;
/** How near to a mark the pointer must be for its words, in pixels. */
const NEAR_PX = 5;

/** What the seek bar needs of the player around it. */
export interface SeekBarHost {
  seek(us: number): void;
  wish(wish: Wish): void;
  /** A moment as the player shows times at present. */
  moment(us: number): string;
  /** The words for a stretch that is missing. */
  missing(mark: Mark): string;
  idleText(): string;
  /** A kind of event in words. */
  kindName(kind: string): string;
  /** Somebody may go there next, or (without a moment) nowhere. */
  expect(us: number | null): void;
  /** Asks for the thumbnail of a moment; {@link SeekBar.setThumbnail} is the answer. */
  thumbnail(us: number): void;
}

export class SeekBar {
  readonly element = make("div", "seek", { role: "slider", tabindex: "0", "aria-valuemin": "0" });
  private readonly fill = make("div", "fill");
  private readonly marks = make("canvas", "marks");
  private readonly thumb = make("div", "thumb");
  private readonly probe = make("span", "tick", { "aria-hidden": "true" });
  private readonly hint = make("div", "hint", { "aria-hidden": "true" });
  private readonly preview = make("canvas", "preview");
  private readonly caption = make("div", "caption");
  private readonly host: SeekBarHost;
  private map: TimelineMap = { missing: [], happenings: [], idle: [], startedUnixUs: 0 };
  private edge = 0;
  private drawnEdge = -1;
  private dragging = false;
  private hovered = 0;
  private resting: ReturnType<typeof setTimeout> | undefined;
  private restsAt = Number.NaN;

  constructor(host: SeekBarHost) {
    this.host = host;
    const rail = make("div", "rail");
    rail.append(this.fill);
    this.hint.hidden = true;
    this.preview.hidden = true;
    this.hint.append(this.preview, this.caption);
    this.element.append(rail, this.marks, this.thumb, this.hint, this.probe);
    this.element.addEventListener("pointerdown", (event) => this.grab(event));
    this.element.addEventListener("pointermove", (event) => this.hover(event));
    this.element.addEventListener("pointerup", () => {
      this.dragging = false;
    });
    this.element.addEventListener("pointerleave", () => {
      this.hint.hidden = true;
      this.movedOn();
    });
    this.element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /** Shows a position on a recording of this length. */
  show(position: number, edge: number, label: string, text: string): void {
    const share = edge > 0 ? Math.min(1, position / edge) : 0;
    this.edge = edge;
    this.fill.style.transform = `scaleX(${share})`;
    this.thumb.style.left = `${share * 100}%`;
    this.element.setAttribute("aria-label", label);
    this.element.setAttribute("aria-valuemax", String(Math.floor(edge / 1e6)));
    this.element.setAttribute("aria-valuenow", String(Math.floor(position / 1e6)));
    this.element.setAttribute("aria-valuetext", text);
    // A growing recording moves its marks: by whole pixels only.
    const width = this.element.clientWidth;
    if (this.drawnEdge < 0 || Math.abs(edge - this.drawnEdge) * width > edge) this.draw();
  }

  setMap(map: TimelineMap): void {
    this.map = map;
    this.draw();
  }

  private timeAt(event: MouseEvent): number {
    const box = this.element.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / Math.max(1, box.width)));
    return share * this.edge;
  }

  private grab(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.dragging = true;
    this.element.setPointerCapture(event.pointerId);
    this.host.seek(this.timeAt(event));
  }

  private wheel(event: WheelEvent): void {
    const wish = wishOfWheel(event.deltaY, event.ctrlKey);
    if (!wish) return;
    event.preventDefault();
    this.host.wish(wish);
  }

  private hover(event: PointerEvent): void {
    const us = this.timeAt(event);
    if (this.dragging) this.host.seek(us);
    const words = this.wordsAt(us);
    setText(this.caption, words ? `${this.host.moment(us)} · ${words}` : this.host.moment(us));
    this.hint.hidden = false;
    this.hovered = us;
    this.placeHint();
    this.host.thumbnail(us);
    this.rest(event.clientX, us);
  }

  /** Has the place where the pointer rests got ready. */
  private rest(x: number, us: number): void {
    if (this.dragging) {
      this.movedOn();
      return;
    }
    // A hand is never quite still.
    if (Math.abs(x - this.restsAt) < RESTS_PX) return;
    this.movedOn();
    this.restsAt = x;
    this.resting = setTimeout(() => this.host.expect(us), RESTS_MS);
  }

  private movedOn(): void {
    clearTimeout(this.resting);
    if (Number.isNaN(this.restsAt)) return;
    this.restsAt = Number.NaN;
    this.host.expect(null);
  }

  /** Shows how the screen looked where the pointer is; nothing where no thumbnail is known. */
  setThumbnail(picture: ImageBitmap | null): void {
    this.preview.hidden = !picture;
    if (picture) {
      [this.preview.width, this.preview.height] = [picture.width, picture.height];
      this.preview.getContext("2d")?.drawImage(picture, 0, 0);
      picture.close();
    }
    this.placeHint();
  }

  private placeHint(): void {
    const width = this.element.clientWidth;
    const half = this.hint.offsetWidth / 2;
    const x = (this.hovered / Math.max(1, this.edge)) * width;
    this.hint.style.transform = `translateX(${Math.min(Math.max(x - half, 0), Math.max(0, width - 2 * half))}px)`;
  }

  /** What happened near a moment. */
  private wordsAt(us: number): string {
    const near = (NEAR_PX * this.edge) / Math.max(1, this.element.clientWidth);
    const event = this.map.happenings.find((mark) => Math.abs(mark.from - us) <= near);
    if (event) {
      const kind = this.host.kindName(event.kind);
      return event.text ? `${kind}: ${event.text}` : kind;
    }
    const gap = this.map.missing.find((mark) => us >= mark.from - near && us <= mark.to + near);
    if (gap) return this.host.missing(gap);
    const { idle } = this.map;
    for (let at = 0; at + 1 < idle.length; at += 2) {
      if (us >= (idle[at] ?? 0) && us <= (idle[at + 1] ?? 0)) return this.host.idleText();
    }
    return "";
  }

  /** What the theme makes of a group's colour: a canvas does not know themes. */
  private colourOf(group: Group): string {
    this.probe.className = `tick ${group}`;
    return getComputedStyle(this.probe).color;
  }

  /** Draws the marks: idle periods thin, gaps hatched, events as ticks above the rail, coloured by group. Form tells
   * the layers apart, and words on hover the events, not colour alone. */
  private draw(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    const scale = devicePixelRatio;
    this.marks.width = Math.round(width * scale);
    this.marks.height = Math.round(height * scale);
    const context = this.marks.getContext("2d");
    if (!context || this.edge <= 0 || width === 0) return;
    this.drawnEdge = this.edge;
    context.scale(scale, scale);
    const x = (us: number) => (us / this.edge) * width;
    const style = getComputedStyle(this.element);
    const middle = height / 2;
    context.fillStyle = style.getPropertyValue("--bar");
    for (let at = 0; at + 1 < this.map.idle.length; at += 2) {
      const [from = 0, to = 0] = this.map.idle.slice(at, at + 2);
      context.fillRect(x(from), middle - 1, Math.max(1, x(to) - x(from)), 2);
    }
    context.fillStyle = style.color;
    context.strokeStyle = style.color;
    for (const mark of this.map.missing) {
      const [from, to] = [x(mark.from), Math.max(x(mark.from) + 3, x(mark.to))];
      context.clearRect(from, middle - 4, to - from, 8);
      context.strokeRect(from + 0.5, middle - 4.5, Math.max(1, to - from - 1), 9);
      context.beginPath();
      for (let line = from; line < to; line += 4) {
        context.moveTo(line, middle + 4);
        context.lineTo(Math.min(to, line + 8), middle - 4);
      }
      context.stroke();
    }
    const colours = new Map<Group, string>();
    for (const { from, kind } of this.map.happenings) {
      const group = groupOf(kind);
      const colour = colours.get(group) ?? this.colourOf(group);
      colours.set(group, colour);
      context.fillStyle = colour;
      context.fillRect(Math.round(x(from)), middle - 11, 1.5, 6);
    }
  }
}
