/** One recording being played: feeds the engine, draws what it shows, and tells the page. Lives in the worker. */
import { Engine, type InitOutput } from "../wasm/engine.js";
import { LiveDelay } from "./delay.ts";
import { Documents } from "./documents.ts";
import { figuresOf } from "./figures.ts";
import { KeyIntake, sealedOf } from "./key-intake.ts";
import type {
  FrameDetail,
  FromWorker,
  Mark,
  MonitorArea,
  PerformanceWanted,
  PlayerState,
  SeekedDetail,
  Status,
  ToWorker,
  Trouble,
} from "./messages.ts";
import { DoorError, fetchIndex, RangeReader, troubleOf } from "./ranges.ts";
import { area, NOTHING_YET, plain } from "./status.ts";
import { Surface } from "./surface.ts";
import { Tail } from "./tail.ts";
import { Thumbnails } from "./thumbnails.ts";

/** Decoding this long at a time, then messages are looked at: a newer seek must not wait for an older one. */
const SLICE_MS = 12;
const TICK_MS = 16;
/** Between two ticks of playing there is so much time for what may be wanted next. */
const SPARE_MS = 4;
/** Without anything to draw, the position is still told so often. */
const TOLD_EVERY_MS = 100;
/** All figures are told so often while more of them come. */
const FIGURES_EVERY_MS = 500;
const IDLE_LEAST_US = 30_000_000;
const RETRY_MS = [1000, 2000, 4000, 8000, 15_000];

export class Session {
  private engine: Engine | undefined;
  private readonly surface: Surface;
  /** What is under way: the bytes that decoding needs next, and those that it will need then. */
  private readers: RangeReader[] = [];
  /** Those of them that read what may be wanted next. */
  private readonly guesses = new WeakSet<RangeReader>();
  private tail: Tail | undefined;
  private tailState: Status["tail"] = "none";
  private trouble: Trouble | null = null;
  private failures = 0;
  private bytesFetched = 0;
  private seeking = false;
  /** What decoding took since the seek, in milliseconds. */
  private decodedMs = 0;
  private readonly keys: KeyIntake;
  private seeks = 0;
  private readonly delay = new LiveDelay();
  private readonly thumbnails: Thumbnails;
  private readonly documents: Documents;
  private ticked = performance.now();
  private told = "";
  private pictureTold = -1;
  private monitorsTold: MonitorArea[] = [];
  private toldAt = 0;
  private mapVersion = -1;
  private performanceWanted: PerformanceWanted = "nothing";
  private figuresVersion = -1;
  private figuresToldAt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly soon = new MessageChannel();
  private readonly base: string;
  private start: number | null;
  private readonly post: (message: FromWorker, transfer?: Transferable[]) => void;
  private readonly loaded: Promise<InitOutput>;
  private memory: WebAssembly.Memory | undefined;

  constructor(
    base: string,
    canvas: OffscreenCanvas,
    start: number | null,
    post: (message: FromWorker, transfer?: Transferable[]) => void,
    loaded: Promise<InitOutput>,
  ) {
    this.base = base.replace(/\/$/, "");
    this.surface = new Surface(canvas, post, () => {
      if (!this.memory) throw new Error("the engine is not loaded");
      return this.memory;
    });
    this.keys = new KeyIntake(post);
    this.start = start;
    this.post = post;
    this.loaded = loaded;
    const fetched = (bytes: number) => {
      this.bytesFetched += bytes;
    };
    this.thumbnails = new Thumbnails(this.base, post, fetched);
    this.documents = new Documents(this.base, post, fetched);
    this.soon.port1.onmessage = () => this.pump();
    void this.open();
  }

  private async open(): Promise<void> {
    try {
      const [index, loaded] = await Promise.all([this.fetchIndex(), this.loaded]);
      this.memory = loaded.memory;
      this.bytesFetched += index.length;
      const engine = new Engine(index);
      this.engine = engine;
      this.keys.welcome(engine);
      this.documents.welcome(engine);
      engine.want_performance(this.performanceWanted);
      this.recovered();
      if (this.start !== null) {
        engine.seek(this.start);
      } else if (engine.live) {
        engine.go_live();
      }
      if (engine.live) this.follow(engine);
    } catch (error) {
      this.failed(error, () => void this.open());
    }
    this.pump();
  }

  /** Time passes for a live recording from the moment at which its index came: what passed before is in it. */
  private async fetchIndex(): Promise<Uint8Array> {
    const index = await fetchIndex(this.base);
    this.ticked = performance.now();
    return index;
  }

  private follow(engine: Engine): void {
    this.tailState = "live";
    this.tail = new Tail(this.base, {
      length: () => engine.length,
      bytes: (offset, bytes) => {
        // What passed before they came is not added to what they tell of now.
        this.letTimePass(engine);
        const joined = engine.feed_tail(offset, bytes);
        this.bytesFetched += bytes.length;
        const started = engine.started_by_newest;
        if (started > 0) this.delay.arrived(Date.now() * 1000 - (started + engine.newest));
        this.pump();
        return joined;
      },
      state: (state) => {
        this.tailState = state;
        this.letTimePass(engine);
        engine.hold_edge(state !== "live");
        this.pump();
      },
      ended: () => {
        this.tailState = "none";
        engine.end_live();
        this.pump();
      },
      restart: () => this.reopen(),
    });
  }

  /** Stored bytes are no longer those that were read: begins again, at the same place. */
  private reopen(): void {
    this.start = this.engine && !this.engine.following ? this.engine.position : null;
    this.dropReaders();
    this.thumbnails.forget();
    this.documents.forget();
    this.keys.retire(this.engine);
    this.engine = undefined;
    this.mapVersion = -1;
    this.figuresVersion = -1;
    void this.open();
  }

  /** Does what the page asks. */
  take(message: Exclude<ToWorker, { type: "open" }>): void {
    if (message.type === "seek") this.seeks += 1;
    if (message.type === "retry") {
      this.retryNow();
      return;
    }
    if (message.type === "pixels") {
      const picture = message.from === "canvas" ? this.surface.canvasPixels() : this.enginePixels();
      this.post({ type: "pixels", id: message.id, picture }, picture ? [picture.rgba.buffer] : []);
      return;
    }
    if (message.type === "document") {
      this.documents.take(message);
      return;
    }
    const engine = this.engine;
    if (message.type === "performance") {
      this.performanceWanted = message.wanted;
      engine?.want_performance(message.wanted);
      this.pump();
      return;
    }
    if (message.type === "key") {
      this.keys.take(engine, message);
      // Those that could not be opened before can be now.
      this.thumbnails.forget();
      this.pump();
      return;
    }
    if (!engine) {
      // Before the index has come only a place to go is remembered.
      if (message.type === "seek") this.start = message.to;
      return;
    }
    if (message.type === "thumbnail") {
      this.thumbnails.show(engine, message.at);
      return;
    }
    this.letTimePass(engine);
    if (message.type === "expect") this.expect(engine, message.at);
    else if (message.type === "seek") {
      engine.seek(message.to);
      this.seeking = true;
      this.decodedMs = 0;
    } else if (message.type === "play") engine.play();
    else if (message.type === "backwards") engine.play_backwards();
    else if (message.type === "pause") engine.pause();
    else if (message.type === "live") engine.go_live();
    else if (message.type === "speed") engine.set_speed(message.speed);
    else if (message.type === "skip-rests") engine.skip_rests(message.skip);
    else if (message.type === "step") engine.step(message.forward);
    else {
      engine.pause();
      engine.seek(0);
    }
    this.pump();
  }

  private expect(engine: Engine, at: number | null): void {
    if (at === null) engine.expect_nothing();
    else engine.expect(at);
  }

  private enginePixels() {
    return this.engine ? this.surface.enginePixels(this.engine) : null;
  }

  private letTimePass(engine: Engine): void {
    const now = performance.now();
    engine.advance((now - this.ticked) * 1000);
    this.ticked = now;
  }

  /** Decodes, draws, fetches and tells, as far as each is due; then arranges to be called again. */
  private pump(): void {
    clearTimeout(this.timer);
    const engine = this.engine;
    if (!engine) {
      this.tell(true);
      return;
    }
    let more = false;
    let drawn: FrameDetail | null = null;
    let seeked: SeekedDetail | null = null;
    try {
      this.letTimePass(engine);
      const began = performance.now();
      do more = engine.run(4);
      while (more && performance.now() < began + SLICE_MS);
      this.decodedMs += performance.now() - began;
      if (engine.settled) {
        drawn = this.surface.draw(engine);
        seeked = this.arrived(engine);
        // What may be wanted next is decoded after what is; while playing only as long as that is not held up.
        const until = performance.now() + (engine.playing ? SPARE_MS : SLICE_MS);
        do more = engine.run_expected(1);
        while (more && performance.now() < until);
        more = engine.run_performance() || more;
      }
      this.fetchWanted(engine);
    } catch (error) {
      // The engine stopped in a way that it must not: it cannot go on.
      this.engine = undefined;
      this.thumbnails.forget();
      this.documents.forget();
      this.documents.failed("engine");
      this.dropReaders();
      this.tail?.close();
      this.trouble = { kind: "engine", detail: String(error), retryAt: 0 };
      this.tell(true);
      return;
    }
    // The status first: whoever hears of a picture may ask the element about it.
    this.tell(false);
    if (drawn) this.post({ type: "frame", detail: drawn });
    if (seeked) this.post({ type: "seeked", detail: seeked });
    if (more && !(engine.playing && engine.settled)) this.soon.port2.postMessage(0);
    else if (engine.playing && !engine.following && engine.settled)
      this.timer = setTimeout(() => this.pump(), TICK_MS);
    else if (engine.live || engine.playing) this.timer = setTimeout(() => this.pump(), TOLD_EVERY_MS);
  }

  /** The place that was gone to last, once the picture there is on the canvas. */
  private arrived(engine: Engine): SeekedDetail | null {
    if (!this.seeking) return null;
    this.seeking = false;
    const drawn = performance.timeOrigin + performance.now();
    return { time_us: engine.position, drawn, decoding_ms: this.decodedMs };
  }

  private fetchWanted(engine: Engine): void {
    const wanted = [engine.wanted(), engine.wanted_besides(), engine.wanted_for_performance()].filter(
      (range) => range.length === 2,
    );
    const [from1, end1, from2, end2] = engine.wanted_for_expected();
    const expected = [
      [from1, end1],
      [from2, end2],
    ].filter(([from]) => from !== undefined);
    const [first] = [...wanted, ...expected];
    if (!first) {
      // A playing player takes up the rest soon; a paused one may never.
      if (!engine.playing) this.dropReaders();
      return;
    }
    if (this.trouble) return;
    const starts = [...wanted, ...expected].map(([from]) => from);
    this.dropReaders((reader) => !starts.includes(reader.position));
    const isUnderWay = (from: number) => this.readers.some(({ position }) => position === from);
    for (const [from = 0, end = 0] of wanted) if (!isUnderWay(from)) this.fetchRange(engine, from, end);
    for (const [from = 0, end = 0] of expected) {
      if (!isUnderWay(from)) this.guesses.add(this.fetchRange(engine, from, end));
    }
  }

  private fetchRange(engine: Engine, from: number, end: number): RangeReader {
    const reader = new RangeReader(from, end);
    this.readers.push(reader);
    const piece = (offset: number, bytes: Uint8Array) => {
      this.bytesFetched += bytes.length;
      if (this.failures > 0) this.recovered();
      engine.feed(offset, bytes);
      this.pump();
    };
    reader.read(this.base, piece).then(
      (whole) => this.readerDone(engine, reader, from, whole),
      (error) => this.readerFailed(engine, reader, error),
    );
    return reader;
  }

  private dropReaders(which: (reader: RangeReader) => boolean = () => true): void {
    const kept = this.readers.filter((reader) => !which(reader));
    for (const reader of this.readers) if (which(reader)) reader.cancel();
    this.readers = kept;
  }

  /** Forgets a reader that has ended; false where it was dropped before. */
  private takeOut(reader: RangeReader): boolean {
    const known = this.readers.includes(reader);
    this.readers = this.readers.filter((other) => other !== reader);
    return known;
  }

  private readerDone(engine: Engine, reader: RangeReader, from: number, whole: boolean): void {
    if (!this.takeOut(reader)) return;
    if (!whole && this.guesses.has(reader)) engine.expect_nothing();
    // An answer without a single byte of what it promised will not be better next time.
    else if (!whole && !reader.cancelled && reader.position === from) engine.unavailable(from, reader.end);
    this.pump();
  }

  private readerFailed(engine: Engine, reader: RangeReader, error: unknown): void {
    if (!this.takeOut(reader)) return;
    if (this.guesses.has(reader)) {
      // Nobody has asked for it yet. Who does finds out what is wrong.
      engine.expect_nothing();
      this.pump();
      return;
    }
    if (error instanceof DoorError && error.status === 416) {
      engine.unavailable(reader.position, reader.end);
      this.pump();
      return;
    }
    // What fails together is one failure: the others must not fail again after somebody asked to try again.
    this.dropReaders();
    this.failed(error, () => this.pump());
  }

  private retry: (() => void) | undefined;

  private failed(error: unknown, retry: () => void): void {
    const detail = error instanceof Error ? error.message : String(error);
    const kind = troubleOf(error);
    const wait = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)] ?? 0;
    clearTimeout(this.retryTimer);
    this.failures += 1;
    this.retry = retry;
    this.trouble = { kind, detail, retryAt: kind === "network" ? Date.now() + wait : 0 };
    if (kind === "network") this.retryTimer = setTimeout(() => this.retryNow(), wait);
    this.documents.failed(kind);
    this.tell(true);
  }

  private retryNow(): void {
    clearTimeout(this.retryTimer);
    this.trouble = null;
    const retry = this.retry;
    this.retry = undefined;
    retry?.();
    this.tell(true);
  }

  private recovered(): void {
    this.failures = 0;
    this.trouble = null;
  }

  private state(engine: Engine): PlayerState {
    if (engine.ended) return "ended";
    if (!engine.settled) return this.trouble ? "failed" : "buffering";
    return engine.playing ? "playing" : "paused";
  }

  private tell(always: boolean): void {
    const engine = this.engine;
    const status: Status = engine
      ? {
          state: this.state(engine),
          seeks: this.seeks,
          position: engine.position,
          picture: engine.settled ? engine.picture_time : this.pictureTold,
          edge: engine.edge,
          speed: engine.speed,
          playing: engine.playing,
          backwards: engine.backwards,
          skipsRests: engine.skips_rests,
          live: engine.live,
          following: engine.following,
          tail: this.tailState,
          delay: this.delay.seconds + (engine.following ? 0 : (engine.edge - engine.position) / 1e6),
          notice: this.notice(engine),
          sealed: sealedOf(engine),
          width: engine.width,
          height: engine.height,
          monitors: engine.settled ? engine.monitors().map(area) : this.monitorsTold,
          hasPicture: engine.has_picture,
          figures: this.performanceWanted === "nothing" ? null : figuresOf(engine.figures()),
          figuresRead: engine.performance_is_read,
          bytesFetched: this.bytesFetched,
          trouble: this.trouble,
        }
      : {
          ...NOTHING_YET,
          state: this.trouble ? "failed" : "loading",
          seeks: this.seeks,
          bytesFetched: this.bytesFetched,
          trouble: this.trouble,
        };
    this.pictureTold = status.picture;
    this.monitorsTold = status.monitors;
    if (engine && engine.map_version !== this.mapVersion) this.tellMap(engine);
    if (engine && this.performanceWanted === "whole") this.tellFigures(engine);
    // While playing, positions are told now and then; everything else at once, a new picture's time above all: whoever reads
    // position or length after seeing a picture must not get what was before it.
    const gist = JSON.stringify({ ...status, position: 0, edge: 0, bytesFetched: 0, delay: 0 });
    const now = performance.now();
    if (always || gist !== this.told || !engine?.playing || now - this.toldAt >= TOLD_EVERY_MS / 2) {
      this.told = gist;
      this.toldAt = now;
      this.post({ type: "status", status });
    }
  }

  /** Not with every piece that comes, but the last ones at once. */
  private tellFigures(engine: Engine): void {
    const now = performance.now();
    if (engine.figures_version === this.figuresVersion) return;
    if (!engine.performance_is_read && now - this.figuresToldAt < FIGURES_EVERY_MS) return;
    this.figuresVersion = engine.figures_version;
    this.figuresToldAt = now;
    const numbers = new Float64Array(engine.all_figures());
    this.post({ type: "figures", numbers }, [numbers.buffer]);
  }

  private notice(engine: Engine): Mark | null {
    const notice = engine.notice();
    return notice ? plain(notice) : null;
  }

  private tellMap(engine: Engine): void {
    this.mapVersion = engine.map_version;
    const map = {
      missing: engine.missing().map(plain),
      happenings: engine.happenings().map(plain),
      idle: Array.from(engine.idle(IDLE_LEAST_US)),
      startedUnixUs: engine.started,
    };
    this.post({ type: "map", map });
  }
}
