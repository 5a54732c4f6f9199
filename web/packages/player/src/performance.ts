/** How busy the machine was, in the player: the small window over the picture, and charts where there is no picture. */
import { PerformanceCharts } from "./charts.ts";
import { allFigures } from "./figures.ts";
import type { PerformanceWanted, Status } from "./messages.ts";
import { PerformancePanel } from "./panel.ts";
import { english, type PlayerTexts } from "./texts.ts";

export interface PerformanceHost {
  /** Has this much of it read. */
  want(wanted: PerformanceWanted): void;
  seek(us: number): void;
  /** A moment as times are shown at present. */
  moment(us: number): string;
  /** What the window may stand on. */
  room(): HTMLElement;
  changed(): void;
}

/** Whether events say nothing here, as they are sealed. */
export function eventsAreSealed({ sealed }: Status): boolean {
  return sealed?.classes.includes("events") === true;
}

export class PerformanceView {
  readonly panel: PerformancePanel;
  readonly charts: PerformanceCharts;
  private words = english;
  private wanted: PerformanceWanted = "nothing";
  private hasFigures = false;

  constructor(private readonly host: PerformanceHost) {
    this.panel = new PerformancePanel(host.room, host.changed);
    this.charts = new PerformanceCharts(host);
    this.charts.element.hidden = true;
  }

  setTexts(words: PlayerTexts): void {
    this.words = words;
    this.panel.setTexts(words);
    this.charts.setTexts(words);
  }

  toggle(): void {
    this.panel.show(!this.panel.shown);
  }

  /** Another recording: nothing is known of it. */
  forget(): void {
    this.wanted = "nothing";
    this.hasFigures = false;
    this.charts.setFigures([]);
  }

  take(numbers: Float64Array): void {
    this.hasFigures = numbers.length > 0;
    this.charts.setFigures(allFigures(numbers));
  }

  show(status: Status): void {
    const known = status.state !== "loading";
    const isSealed = eventsAreSealed(status);
    const whole = known && !status.hasPicture && !isSealed;
    const wanted = whole ? "whole" : this.panel.shown && known && !isSealed ? "here" : "nothing";
    if (wanted !== this.wanted) {
      this.wanted = wanted;
      this.host.want(wanted);
    }
    this.charts.element.hidden = !whole || !this.hasFigures;
    if (!this.charts.element.hidden) this.charts.show(status.position, status.edge);
    if (this.panel.shown) this.panel.say(isSealed ? null : status.figures, this.note(status, isSealed));
  }

  /** Of which moment the figures are, or why there are none. */
  private note(status: Status, isSealed: boolean): string {
    const { words, host } = this;
    if (isSealed) return words.performanceSealed;
    const { figures } = status;
    if (figures) return words.performanceOf(host.moment(figures.from), host.moment(figures.to));
    return status.figuresRead ? words.notLogged : words.buffering;
  }
}
