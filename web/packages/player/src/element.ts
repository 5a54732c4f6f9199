/** The element: takes wishes from keys, mouse and page, passes them to the worker, shows what it answers. */
import { Asked } from "./asked.ts";
import { savesData } from "./connection.ts";
import { Controls } from "./controls.ts";
import { make, toggleFullScreen } from "./dom.ts";
import { eventBeside, eventOf, type PlayerEvent } from "./happenings.ts";
import { KeyDialog } from "./key-dialog.ts";
import { KeyList } from "./keylist.ts";
import { type Wish, wishOfKey } from "./keys.ts";
import type {
  FrameDetail,
  FromWorker,
  KeyAnswer,
  Mark,
  Picture,
  PlayerState,
  PrintedDocument,
  Sealed,
  SeekedDetail,
  TimelineMap,
  ToWorker,
} from "./messages.ts";
import { MonitorChoice } from "./monitor.ts";
import { messageFor } from "./notices.ts";
import { openWorker } from "./opened.ts";
import { orderOf } from "./orders.ts";
import { PerformanceView } from "./performance.ts";
import { SeekBar } from "./seekbar.ts";
import { Stage } from "./stage.ts";
import { NOTHING_YET } from "./status.ts";
import { styles } from "./styles.ts";
import { english, type PlayerTexts } from "./texts.ts";
import { Ticker } from "./ticker.ts";
import { clock, timeOfDay } from "./time.ts";

/** Whoever goes so near to the end of a live recording wants to follow it: the end has moved on meanwhile. */
const AT_LIVE_US = 500_000;

export class KinescopePlayer extends HTMLElement {
  static readonly observedAttributes = ["src-base"];

  private readonly root = this.attachShadow({ mode: "open" });
  private stage = new Stage();
  private readonly seekBar: SeekBar;
  private readonly controls: Controls;
  private readonly keys = new KeyList();
  private readonly keyDialog = new KeyDialog(english, (file, passphrase) => this.addKey(file, passphrase));
  private readonly performance: PerformanceView;
  private names: Readonly<Record<string, string>> = {};
  private worker: Worker | undefined;
  private status = NOTHING_YET;
  private map: TimelineMap = { missing: [], happenings: [], idle: [], startedUnixUs: 0 };
  private happened: readonly PlayerEvent[] = [];
  private filter: ((event: PlayerEvent) => boolean) | null = null;
  private words = english;
  private readonly monitorChoice = new MonitorChoice();
  private original = false;
  private absolute = false;
  private stopped: AbortController | undefined;
  private readonly asked = new Asked((message) => this.send(message));
  private seeksSent = 0;
  private timeTold = "";
  /** Keeps the seconds until the next try current. */
  private readonly countDown = new Ticker(() => this.render());

  constructor() {
    super();
    const host = {
      wish: (wish: Wish) => this.wish(wish),
      stop: () => this.send({ type: "stop" }),
      setSpeed: (speed: number) => this.send({ type: "speed", speed }),
      setMonitor: (name: string) => {
        this.monitor = name;
      },
      thumbnail: (us: number) => this.send({ type: "thumbnail", at: Math.round(us) }),
      askForKey: () => this.keyDialog.show(),
      expect: (us: number | null) => this.expect(us),
      seek: (us: number) => this.seek(us),
      moment: (us: number) => this.moment(us, false),
      missing: (mark: Mark) => this.missingText(mark),
      idleText: () => this.words.idle,
      kindName: (kind: string) => this.kindName(kind),
    };
    this.seekBar = new SeekBar(host);
    this.controls = new Controls(host);
    this.performance = new PerformanceView({
      ...host,
      want: (wanted) => this.send({ type: "performance", wanted }),
      room: () => (this.performance.charts.element.hidden ? this.stage : this.performance.charts).element,
      changed: () => this.render(),
    });
    const { charts, panel } = this.performance;
    const bar = make("div", "bar");
    bar.append(this.seekBar.element, this.controls.element);
    this.root.adoptedStyleSheets = [styles()];
    this.root.append(this.stage.element, charts.element, bar, panel.element);
    this.root.append(this.keys.element, this.keyDialog.element);
    new ResizeObserver(() => panel.lay()).observe(this);
    this.stage.element.addEventListener("click", () => this.clickedPicture());
  }

  // The page's side.

  /** Position in seconds since the start. Setting it seeks. */
  get currentTime(): number {
    return this.status.position / 1e6;
  }

  set currentTime(seconds: number) {
    this.seek(seconds * 1e6);
  }

  /** When the picture shown came, in seconds since the start; negative without one. */
  get pictureTime(): number {
    return this.status.picture < 0 ? -1 : this.status.picture / 1e6;
  }

  /** Names of the monitors that the picture is made of, from left to right; none where it is one monitor's. */
  get monitors(): string[] {
    return this.status.monitors.map((monitor) => monitor.name);
  }

  /** The monitor that is shown; empty for all. Setting it is remembered. */
  get monitor(): string {
    return this.monitorChoice.among(this.status.monitors)?.name ?? "";
  }

  set monitor(name: string) {
    this.monitorChoice.choose(name);
    this.render();
  }

  /** Length in seconds; of a live recording, until now. */
  get duration(): number {
    return this.status.edge / 1e6;
  }

  /** Whether more may come. */
  get live(): boolean {
    return this.status.live;
  }

  /** Whether new pictures are shown as they come. */
  get following(): boolean {
    return this.status.following;
  }

  get state(): PlayerState {
    return this.status.state;
  }

  /** Seconds that live pictures are behind. */
  get delay(): number {
    return this.status.delay;
  }

  /** The kind of what cannot be shown at the position; empty if all can. */
  get notice(): string {
    return this.status.notice?.kind ?? "";
  }

  /** What is sealed, and whether a key is missing for what would be shown; nothing where all stands open. */
  get sealed(): Sealed | null {
    return this.status.sealed;
  }

  /** Names of people by the fingerprints of their keys, for saying who can open a sealed recording. */
  get recipientNames(): Readonly<Record<string, string>> {
    return this.names;
  }

  set recipientNames(names: Readonly<Record<string, string>>) {
    this.names = names;
    this.render();
  }

  /** Opens what is sealed with a key file's text. The key stays in the worker's memory. */
  addKey(file: string, passphrase = ""): Promise<KeyAnswer> {
    return this.asked.key(file, passphrase);
  }

  /** What happened, as far as it is known; more may come of a live recording. The event `events` says that it is another list. */
  get events(): readonly PlayerEvent[] {
    return this.happened;
  }

  /** Which events `nextEvent` and `previousEvent` go to; all where nothing is set. */
  get eventFilter(): ((event: PlayerEvent) => boolean) | null {
    return this.filter;
  }

  set eventFilter(filter: ((event: PlayerEvent) => boolean) | null) {
    this.filter = filter;
  }

  /** Says a kind of event in words, for the seek bar. */
  kindName: (kind: string) => string = (kind) => kind;

  /** Whether moments are shown as times of the day, not since the start. */
  get absoluteTime(): boolean {
    return this.absoluteShown;
  }

  set absoluteTime(absolute: boolean) {
    this.absolute = absolute;
    this.render();
  }

  /** Bytes of the recording fetched since it was opened, its index included. */
  get bytesFetched(): number {
    return this.status.bytesFetched;
  }

  /** The texts shown. */
  get texts(): PlayerTexts {
    return this.words;
  }

  set texts(texts: PlayerTexts) {
    this.words = texts;
    this.nameThings();
    this.render();
  }

  play(): void {
    this.send({ type: "play" });
  }

  /** Plays backwards, a change at a time. */
  playBackwards(): void {
    this.send({ type: "backwards" });
  }

  pause(): void {
    this.send({ type: "pause" });
  }

  /** Goes to the event after the position. Without one nothing happens. */
  nextEvent(): void {
    this.seekEvent(true);
  }

  /** Goes to the event before the position; while playing, to the one before that which has just passed. */
  previousEvent(): void {
    this.seekEvent(false);
  }

  goLive(): void {
    this.send({ type: "live" });
  }

  setSpeed(speed: number): void {
    this.send({ type: "speed", speed });
  }

  /** The exact picture as decoded, without the pointer; nothing where there is none. */
  pixels(): Promise<Picture | null> {
    return this.asked.pixels("engine");
  }

  /** The picture as it stands on the canvas. */
  canvasPixels(): Promise<Picture | null> {
    return this.asked.pixels("canvas");
  }

  /**
   * Copies of what was printed, of which events of kind `document-kept` at exactly this moment tell; with `text` of the one that says so in
   * `events`. Rejects with a `DocumentError` whose `trouble` says why, where one of them cannot be had.
   */
  document(time_us: number, text = ""): Promise<PrintedDocument[]> {
    return this.asked.document(time_us, text);
  }

  // The element's life.

  connectedCallback(): void {
    this.stopped = new AbortController();
    const { signal } = this.stopped;
    document.addEventListener("keydown", (event) => this.key(event), { signal });
    document.addEventListener("fullscreenchange", () => this.render(), { signal });
    if (!this.hasAttribute("role")) this.setAttribute("role", "region");
    this.nameThings();
    this.open();
  }

  disconnectedCallback(): void {
    this.stopped?.abort();
    this.close();
  }

  attributeChangedCallback(): void {
    if (this.isConnected && this.stopped) this.open();
  }

  private open(): void {
    this.close();
    if (!this.getAttribute("src-base")) return;
    // A canvas can be handed to one worker only, once.
    const stage = new Stage();
    this.stage.element.replaceWith(stage.element);
    this.stage = stage;
    stage.setOriginal(this.original);
    stage.element.addEventListener("click", () => this.clickedPicture());
    stage.canvas.setAttribute("aria-label", this.words.picture);
    const canvas = stage.canvas.transferControlToOffscreen();
    this.worker = openWorker(
      this,
      canvas,
      (message) => this.take(message),
      () => this.status,
    );
    this.render();
  }

  private close(): void {
    this.countDown.run(false);
    this.worker?.terminate();
    this.worker = undefined;
    this.asked.giveUp();
    this.seeksSent = 0;
    this.status = NOTHING_YET;
    this.happened = [];
    this.performance.forget();
  }

  /** False where there is nobody to send it to. */
  private send(message: ToWorker): boolean {
    this.worker?.postMessage(message);
    return this.worker !== undefined;
  }

  private take(message: FromWorker): void {
    if (message.type === "status") {
      const { position } = message.status.seeks < this.seeksSent ? this.status : message.status;
      this.status = { ...message.status, position };
      this.render();
    } else if (message.type === "map") {
      this.map = message.map;
      this.happened = message.map.happenings.map(eventOf);
      this.seekBar.setMap(message.map);
      this.render();
      this.dispatchEvent(new Event("events"));
    } else if (message.type === "frame") {
      this.dispatchEvent(new CustomEvent<FrameDetail>("frame", { detail: message.detail }));
    } else if (message.type === "seeked") {
      this.dispatchEvent(new CustomEvent<SeekedDetail>("seeked", { detail: message.detail }));
    } else if (message.type === "thumbnail") {
      this.seekBar.setThumbnail(message.picture);
    } else if (message.type === "pointer") {
      this.stage.setPointer(message);
    } else if (message.type === "shape") {
      this.stage.setPointerShape(message);
    } else if (message.type === "figures") {
      this.performance.take(message.numbers);
      this.render();
    } else {
      this.asked.answer(message);
    }
  }

  // What is wished.

  private key(event: KeyboardEvent): void {
    const target = event.composedPath()[0];
    const inside = event.composedPath().includes(this);
    // Keys pressed elsewhere on the page belong to what has the focus there.
    if (event.defaultPrevented || (!inside && target !== document.body)) return;
    if (target instanceof HTMLElement && target.matches("input, select, textarea, [contenteditable]")) return;
    const wish = wishOfKey(event);
    if (!wish) return;
    // Space on a button presses that button.
    if (event.key === " " && target instanceof HTMLButtonElement) return;
    if (wish.do === "close" && !this.keys.shown) return;
    event.preventDefault();
    this.wish(wish);
  }

  private wish(wish: Wish): void {
    const { status } = this;
    const order = orderOf(wish, status);
    if (order) this.send(order);
    else if (wish.do === "jump") this.seek(status.position + wish.seconds * 1e6);
    else if (wish.do === "start") this.seek(0);
    else if (wish.do === "end") this.seek(status.edge);
    else if (wish.do === "monitor") this.monitorChoice.next(status.monitors);
    else if (wish.do === "event") this.seekEvent(wish.forward);
    else if (wish.do === "size") {
      this.original = !this.original;
      this.stage.setOriginal(this.original);
    } else if (wish.do === "time") this.absolute = !this.absolute;
    else if (wish.do === "performance") this.performance.toggle();
    else if (wish.do === "full-screen") toggleFullScreen(this).catch(() => this.render());
    else this.keys.show(wish.do === "help" && !this.keys.shown);
    this.render();
  }

  private seek(us: number): void {
    const to = Math.round(Math.min(Math.max(us, 0), Math.max(this.status.edge, 0)));
    // Shown at once: the next key press counts from here. The worker's answer follows.
    this.status = { ...this.status, position: to };
    const now = this.status.live && to >= this.status.edge - AT_LIVE_US;
    if (!now) this.seeksSent += 1;
    this.send(now ? { type: "live" } : { type: "seek", to });
    this.render();
  }

  private seekEvent(forward: boolean): void {
    const { position, playing } = this.status;
    const events = this.filter ? this.happened.filter(this.filter) : this.happened;
    const found = eventBeside(events, position, forward, playing);
    if (found !== undefined) this.seek(found);
  }

  /** Where bytes are dear, nothing is fetched that nobody has asked for. */
  private expect(us: number | null): void {
    if (us === null || !savesData()) this.send({ type: "expect", at: us === null ? null : Math.round(us) });
  }

  private clickedPicture(): void {
    if (!this.original && this.status.width > 0) this.wish({ do: "toggle" });
  }

  // What is shown.

  private nameThings(): void {
    const { words } = this;
    if (!this.hasAttribute("aria-label")) this.setAttribute("aria-label", words.player);
    this.stage.canvas.setAttribute("aria-label", words.picture);
    this.controls.setTexts(words);
    this.keys.setTexts(words);
    this.keyDialog.setTexts(words);
    this.performance.setTexts(words);
  }

  private get absoluteShown(): boolean {
    return this.absolute && this.map.startedUnixUs > 0;
  }

  /** Those who can open it; a key whose owner nobody knows by its own name. */
  private namesOf({ recipients }: Sealed): string {
    return recipients.map((key) => this.names[key] ?? key).join(", ");
  }

  private moment(us: number, long: boolean): string {
    if (!this.absoluteShown) return clock(us, this.status.edge);
    return timeOfDay(this.map.startedUnixUs + us, long, long);
  }

  private missingText(mark: Mark): string {
    const [from, to] = [this.moment(mark.from, false), this.moment(mark.to, false)];
    return mark.kind === "damaged" ? this.words.damaged(from, to) : this.words.gap(from, to);
  }

  private render(): void {
    const { status, words } = this;
    const [position, length] = [this.moment(status.position, true), this.moment(status.edge, false)];
    const monitor = this.monitorChoice.among(status.monitors);
    this.stage.resize(status.width, status.height);
    this.stage.setView(monitor);
    this.seekBar.show(status.position, status.edge, words.seekBar, words.seekTime(position, length));
    this.controls.show(status, {
      position,
      length: this.absoluteShown ? "" : ` / ${length}`,
      behind: words.behind(clock(status.edge - status.position, status.edge)),
      original: this.original,
      monitor: monitor?.name ?? "",
      absolute: this.absoluteShown,
      performance: this.performance.panel.shown,
      fullScreen: document.fullscreenElement === this,
      sealedFor: status.sealed ? words.sealedFor(this.namesOf(status.sealed)) : "",
    });
    this.stage.say(
      messageFor(status, words, {
        missing: (mark) => this.missingText(mark),
        moment: (us) => this.moment(us, false),
        retry: () => this.send({ type: "retry" }),
        seek: (us) => this.seek(us),
        recipients: (sealed) => this.namesOf(sealed),
        askForKey: () => this.keyDialog.show(),
      }),
    );
    this.performance.show(status);
    this.stage.element.hidden = !this.performance.charts.element.hidden;
    this.countDown.run(status.trouble !== null && status.trouble.retryAt > 0);
    this.tellTime(`${status.position} ${this.absoluteShown}`);
  }

  /** Says that the position, or the way in which times are shown, is another one. */
  private tellTime(shown: string): void {
    if (shown === this.timeTold) return;
    this.timeTold = shown;
    this.dispatchEvent(new Event("timeupdate"));
  }
}
