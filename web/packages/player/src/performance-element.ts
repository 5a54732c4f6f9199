/**
 * `<kinescope-performance>`: charts of how busy the machine was, for a page that lists the events of a recording without a picture.
 *
 * Attribute: `src-base`, as of `<kinescope-player>`. Hidden until there is something to show. Properties: `currentTime` (seconds,
 * below zero for nowhere), `absoluteTime`, `texts`. Method: `document`, as of `<kinescope-player>`. The event `seek` says in `detail.seconds` where somebody wants to go.
 */
import { Asked } from "./asked.ts";
import { PerformanceCharts } from "./charts.ts";
import { make, setText } from "./dom.ts";
import { allFigures } from "./figures.ts";
import { wishOfKey } from "./keys.ts";
import type { FromWorker, PrintedDocument, ToWorker } from "./messages.ts";
import { openWorker } from "./opened.ts";
import { NOTHING_YET } from "./status.ts";
import { styles } from "./styles.ts";
import { english, type PlayerTexts } from "./texts.ts";
import { clock, timeOfDay } from "./time.ts";

export class KinescopePerformance extends HTMLElement {
  static readonly observedAttributes = ["src-base"];

  private readonly root = this.attachShadow({ mode: "open" });
  private readonly trouble = make("p", "detail", { role: "status" });
  private readonly charts: PerformanceCharts;
  private readonly asked = new Asked((message) => {
    this.worker?.postMessage(message);
    return this.worker !== undefined;
  });
  private worker: Worker | undefined;
  private status = NOTHING_YET;
  private startedUnixUs = 0;
  private positionUs = -1;
  private absolute = false;
  private words = english;

  constructor() {
    super();
    this.charts = new PerformanceCharts({ seek: (us) => this.seek(us), moment: (us) => this.moment(us) });
    this.root.adoptedStyleSheets = [styles()];
    this.root.append(this.trouble, this.charts.element);
    this.charts.element.addEventListener("keydown", (event) => this.key(event));
  }

  set currentTime(seconds: number) {
    this.positionUs = Math.round(seconds * 1e6);
    this.render();
  }

  get currentTime(): number {
    return this.positionUs / 1e6;
  }

  set absoluteTime(absolute: boolean) {
    this.absolute = absolute;
    this.render();
  }

  get absoluteTime(): boolean {
    return this.absolute;
  }

  set texts(texts: PlayerTexts) {
    this.words = texts;
    this.charts.setTexts(texts);
    this.render();
  }

  get texts(): PlayerTexts {
    return this.words;
  }

  /** As of `<kinescope-player>`. */
  document(time_us: number, text = ""): Promise<PrintedDocument[]> {
    return this.asked.document(time_us, text);
  }

  connectedCallback(): void {
    this.hidden = true;
    this.charts.setTexts(this.words);
    this.open();
  }

  disconnectedCallback(): void {
    this.close();
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.open();
  }

  private open(): void {
    this.close();
    if (!this.getAttribute("src-base")) return;
    // There is nothing to draw; the engine is the same.
    this.worker = openWorker(
      this,
      new OffscreenCanvas(1, 1),
      (message) => this.take(message),
      () => this.status,
    );
    const wanted: ToWorker = { type: "performance", wanted: "whole" };
    this.worker.postMessage(wanted);
  }

  private close(): void {
    this.worker?.terminate();
    this.worker = undefined;
    this.asked.giveUp();
    this.status = NOTHING_YET;
    this.charts.setFigures([]);
  }

  private take(message: FromWorker): void {
    if (message.type === "status") {
      this.status = message.status;
      this.render();
    } else if (message.type === "map") {
      this.startedUnixUs = message.map.startedUnixUs;
    } else if (message.type === "figures") {
      this.hidden = message.numbers.length === 0;
      this.charts.setFigures(allFigures(message.numbers));
      this.render();
    } else if (message.type === "document") {
      this.asked.answer(message);
    }
  }

  /** The keys that seek in the player. */
  private key(event: KeyboardEvent): void {
    const wish = wishOfKey(event);
    const from = Math.max(0, this.positionUs);
    if (wish?.do === "jump") this.seek(from + wish.seconds * 1e6);
    else if (wish?.do === "start") this.seek(0);
    else if (wish?.do === "end") this.seek(this.status.edge);
    else return;
    event.preventDefault();
  }

  private seek(us: number): void {
    this.positionUs = Math.round(Math.min(Math.max(us, 0), this.status.edge));
    this.render();
    this.dispatchEvent(new CustomEvent("seek", { detail: { seconds: this.positionUs / 1e6 } }));
  }

  private moment(us: number): string {
    const isAbsolute = this.absolute && this.startedUnixUs > 0;
    return isAbsolute ? timeOfDay(this.startedUnixUs + us, false, false) : clock(us, this.status.edge);
  }

  private render(): void {
    const { trouble, edge } = this.status;
    setText(this.trouble, trouble ? this.words[trouble.kind] : "");
    this.trouble.hidden = !trouble;
    this.charts.show(this.positionUs, edge);
  }
}
