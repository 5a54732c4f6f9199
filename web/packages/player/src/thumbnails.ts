/** Thumbnails for the seek bar: fetched when first asked for, all in one answer; then decoded one at a time. In the worker. */
import type { Engine } from "../wasm/engine.js";
import type { FromWorker } from "./messages.ts";
import { fetchThumbnails } from "./ranges.ts";

/** What a growing recording's door answered is asked for again after so long, if somebody still looks. */
const STALE_MS = 20_000;

export class Thumbnails {
  private readonly base: string;
  private readonly post: (message: FromWorker, transfer?: Transferable[]) => void;
  private readonly fetched: (bytes: number) => void;
  private engine: Engine | undefined;
  private loading: Promise<void> | undefined;
  private loadedAt = 0;
  private wanted: number | undefined;
  private busy = false;
  private shown = Number.NaN;

  constructor(
    base: string,
    post: (message: FromWorker, transfer?: Transferable[]) => void,
    fetched: (bytes: number) => void,
  ) {
    this.base = base;
    this.post = post;
    this.fetched = fetched;
  }

  /** Answers with the thumbnail of a moment. Of several that are asked for at once only the last is answered. */
  show(engine: Engine, at: number): void {
    if (engine !== this.engine) {
      this.engine = engine;
      this.loading = undefined;
      this.shown = Number.NaN;
    }
    this.wanted = at;
    if (!this.busy) void this.work();
  }

  /** The engine is gone: it must not be asked any more. */
  forget(): void {
    this.engine = undefined;
    this.wanted = undefined;
  }

  private async work(): Promise<void> {
    this.busy = true;
    while (this.wanted !== undefined) {
      await this.load();
      const at = this.wanted;
      this.wanted = undefined;
      if (at !== undefined) await this.answer(at);
    }
    this.busy = false;
  }

  private async load(): Promise<void> {
    const { engine } = this;
    if (!engine) return;
    const stale = engine.live && performance.now() - this.loadedAt > STALE_MS;
    if (!this.loading || stale) {
      this.loadedAt = performance.now();
      this.loading = fetchThumbnails(this.base).then((answer) => {
        if (engine !== this.engine) return;
        this.fetched(answer.length);
        engine.set_thumbnails(answer);
      });
    }
    await this.loading;
  }

  private async answer(at: number): Promise<void> {
    const found = this.engine?.thumbnail(at);
    if (!found) {
      this.shown = Number.NaN;
      this.post({ type: "thumbnail", time: -1, picture: null });
      return;
    }
    const { time, jpeg } = found;
    found.free();
    if (time === this.shown) return;
    // What was recorded may be no picture at all.
    const blob = new Blob([new Uint8Array(jpeg)], { type: "image/jpeg" });
    const picture = await createImageBitmap(blob).catch(() => null);
    this.shown = time;
    this.post({ type: "thumbnail", time, picture }, picture ? [picture] : []);
  }
}
