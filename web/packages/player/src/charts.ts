/** How busy the machine was over the whole of a recording: four charts with one time axis, and a way to each moment. */
import { make, setText } from "./dom.ts";
import { columnsOf, figuresAt, type Measure, measured, scaleOf, valueLabel } from "./figures.ts";
import type { Figures } from "./messages.ts";
import type { PlayerTexts } from "./texts.ts";

const SVG = "http://www.w3.org/2000/svg";
/** The height of a chart in its own units, which are pixels of the page. */
const HEIGHT = 56;

const CHARTS: readonly (readonly [Measure, ...Measure[]])[] = [
  ["cpu"],
  ["memory"],
  ["received", "sent"],
  ["roundTrip"],
];

export interface ChartsHost {
  seek(us: number): void;
  /** A moment as times are shown at present. */
  moment(us: number): string;
}

interface Row {
  measures: readonly Measure[];
  element: HTMLElement;
  values: Map<Measure, { name: HTMLElement; value: HTMLElement }>;
  most: HTMLElement;
  svg: SVGSVGElement;
  lines: Map<Measure, SVGPathElement>;
  peaks: SVGPathElement;
  here: SVGPathElement;
  /** Under the pointer. */
  there: SVGPathElement;
}

export class PerformanceCharts {
  readonly element = make("div", "charts", { role: "slider", tabindex: "0", "aria-valuemin": "0" });
  private readonly caption = make("p", "moment");
  private readonly rows: Row[] = CHARTS.map((measures) => makeRow(measures));
  private words: PlayerTexts | undefined;
  private all: readonly Figures[] = [];
  private durationUs = 0;
  private positionUs = 0;
  private hoveredUs: number | null = null;
  private dragging = false;
  private drawn = "";

  constructor(private readonly host: ChartsHost) {
    this.element.append(this.caption, ...this.rows.map(({ element }) => element));
    for (const { svg } of this.rows) {
      svg.addEventListener("pointerdown", (event) => this.grab(event, svg));
      svg.addEventListener("pointermove", (event) => this.hover(event, svg));
      svg.addEventListener("pointerup", () => {
        this.dragging = false;
      });
      svg.addEventListener("pointerleave", () => {
        this.hoveredUs = null;
        this.tell();
      });
    }
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  setTexts(words: PlayerTexts): void {
    this.words = words;
    this.element.setAttribute("aria-label", words.performance);
    for (const { values } of this.rows) {
      for (const [measure, { name }] of values) setText(name, words.measures[measure]);
    }
    this.tell();
  }

  setFigures(all: readonly Figures[]): void {
    this.all = all;
    this.drawn = "";
    this.draw();
    this.tell();
  }

  /** Shows a position on a recording of this length; below zero where nobody is anywhere yet. */
  show(positionUs: number, durationUs: number): void {
    this.positionUs = positionUs;
    // What is known may reach a little beyond.
    this.durationUs = Math.max(durationUs, this.all.at(-1)?.to ?? 0);
    this.draw();
    this.tell();
  }

  private timeAt(event: PointerEvent, svg: SVGSVGElement): number {
    const box = svg.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / Math.max(1, box.width)));
    return Math.round(share * this.durationUs);
  }

  private grab(event: PointerEvent, svg: SVGSVGElement): void {
    if (event.button !== 0) return;
    this.dragging = true;
    svg.setPointerCapture(event.pointerId);
    this.host.seek(this.timeAt(event, svg));
  }

  private hover(event: PointerEvent, svg: SVGSVGElement): void {
    this.hoveredUs = this.timeAt(event, svg);
    if (this.dragging) this.host.seek(this.hoveredUs);
    this.tell();
  }

  /** Says the figures of the moment under the pointer, or of the position. */
  private tell(): void {
    const { words } = this;
    if (!words) return;
    const us = Math.max(0, this.hoveredUs ?? this.positionUs);
    const figures = figuresAt(this.all, us);
    const moment = this.host.moment(us);
    setText(this.caption, figures ? moment : `${moment} · ${words.notLogged}`);
    for (const { values } of this.rows) {
      for (const [measure, { value }] of values) {
        setText(value, valueLabel(measure, figures && measured(figures, measure)));
      }
    }
    this.markHere();
    const seconds = Math.floor(Math.max(0, this.positionUs) / 1e6);
    this.element.setAttribute("aria-valuemax", String(Math.floor(this.durationUs / 1e6)));
    this.element.setAttribute("aria-valuenow", String(seconds));
    this.element.setAttribute("aria-valuetext", this.spoken(words));
  }

  /** The position in words, for those who do not see the charts. */
  private spoken(words: PlayerTexts): string {
    const us = Math.max(0, this.positionUs);
    const figures = figuresAt(this.all, us);
    if (!figures) return `${this.host.moment(us)}: ${words.notLogged}`;
    const said = CHARTS.flat().map(
      (measure) => `${words.measures[measure]} ${valueLabel(measure, measured(figures, measure))}`,
    );
    return `${this.host.moment(us)}: ${said.join(", ")}`;
  }

  private x(us: number, width: number): number {
    return this.durationUs > 0 ? (us / this.durationUs) * width : 0;
  }

  private markHere(): void {
    for (const { svg, here, there } of this.rows) {
      const width = svg.clientWidth;
      const line = (us: number) => `M${Math.min(width - 1, this.x(us, width)).toFixed(1)} 0V${HEIGHT}`;
      here.setAttribute("d", this.positionUs < 0 ? "" : line(this.positionUs));
      there.setAttribute("d", this.hoveredUs === null ? "" : line(this.hoveredUs));
    }
  }

  private draw(): void {
    const width = this.rows[0]?.svg.clientWidth ?? 0;
    // A growing recording moves what is drawn: by whole pixels only.
    const gist = `${width} ${this.all.length} ${Math.floor((this.durationUs / 1e6) * (width / 4000))}`;
    if (width === 0 || gist === this.drawn) return;
    this.drawn = gist;
    for (const row of this.rows) {
      const scale = scaleOf(this.all, row.measures);
      const y = (value: number) => (HEIGHT - 1 - (value / scale) * (HEIGHT - 4)).toFixed(1);
      row.svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
      setText(row.most, valueLabel(row.measures[0] ?? "cpu", scale));
      let peaks = "";
      for (const [measure, line] of row.lines) {
        let path = "";
        for (const run of columnsOf(this.all, measure, this.durationUs, width)) {
          path += run.map(({ x, mean }, at) => `${at === 0 ? "M" : "L"}${x} ${y(mean)}`).join("");
          const [only] = run;
          // What lasts less than a pixel can still be seen.
          if (only && run.length === 1) path += "h1";
          for (const { x, mean, most } of run) if (most > mean) peaks += `M${x} ${y(mean)}V${y(most)}`;
        }
        line.setAttribute("d", path);
      }
      row.peaks.setAttribute("d", peaks);
    }
    this.markHere();
  }
}

function path(className: string): SVGPathElement {
  const element = document.createElementNS(SVG, "path");
  element.setAttribute("class", className);
  return element;
}

function makeRow(measures: readonly Measure[]): Row {
  const element = make("div", "chart");
  const names = make("div", "names");
  const values = new Map<Measure, { name: HTMLElement; value: HTMLElement }>();
  const lines = new Map<Measure, SVGPathElement>();
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("preserveAspectRatio", "none");
  const [peaks, here, there] = [path("peaks"), path("here"), path("there")];
  svg.append(peaks);
  for (const [at, measure] of measures.entries()) {
    const [line, name, value] = [
      make("div", at > 0 ? "dashed" : ""),
      make("span", ""),
      make("span", "value"),
    ];
    line.append(name, value);
    names.append(line);
    values.set(measure, { name, value });
    const drawn = path(at > 0 ? "line dashed" : "line");
    lines.set(measure, drawn);
    svg.append(drawn);
  }
  svg.append(here, there);
  const most = make("span", "most", { "aria-hidden": "true" });
  element.append(names, svg, most);
  return { measures, element, values, most, svg, lines, peaks, here, there };
}
