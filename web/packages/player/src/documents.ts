/** Copies of what was printed: read when somebody asks for one, one after the other, whatever is played meanwhile. In the worker. */
import type { Engine, PrintedSearch } from "../wasm/engine.js";
import type { DocumentAnswer, DocumentTrouble, FromWorker, ToWorker, Trouble } from "./messages.ts";
import { DoorError, RangeReader, troubleOf } from "./ranges.ts";

type AskedDocument = Extract<ToWorker, { type: "document" }>;

export class Documents {
  private readonly base: string;
  private readonly post: (message: FromWorker, transfer?: Transferable[]) => void;
  private readonly fetched: (bytes: number) => void;
  private engine: Engine | undefined;
  /** Why there is none, where that is known. */
  private trouble: Trouble["kind"] | undefined;
  private waiting: AskedDocument[] = [];
  private busy = false;

  constructor(
    base: string,
    post: (message: FromWorker, transfer?: Transferable[]) => void,
    fetched: (bytes: number) => void,
  ) {
    this.base = base;
    this.post = post;
    this.fetched = fetched;
  }

  /** Answers now, or as soon as there is an engine. */
  take(asked: AskedDocument): void {
    this.waiting.push(asked);
    if (!this.engine && this.trouble) this.failed(this.trouble);
    void this.work();
  }

  /** A recording is open. */
  welcome(engine: Engine): void {
    this.engine = engine;
    this.trouble = undefined;
    void this.work();
  }

  /** The engine is gone: it must not be asked any more. */
  forget(): void {
    this.engine = undefined;
  }

  /** There is no engine, for this reason: nobody shall wait for one. */
  failed(trouble: Trouble["kind"]): void {
    if (this.engine) return;
    this.trouble = trouble;
    for (const { id } of this.waiting.splice(0)) this.post({ type: "document", id, answer: trouble });
  }

  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (;;) {
      const { engine } = this;
      const asked = engine && this.waiting.shift();
      if (!asked) break;
      const answer = await this.search(engine, asked).catch(troubleOf);
      const transfer = typeof answer === "string" ? [] : answer.map(({ bytes }) => bytes.buffer);
      this.post({ type: "document", id: asked.id, answer }, transfer);
    }
    this.busy = false;
  }

  private async search(engine: Engine, { at, text }: AskedDocument): Promise<DocumentAnswer> {
    const { live } = engine;
    const search = engine.find_documents(at, text);
    let isShort = false;
    try {
      for (;;) {
        const [from, end] = search.wanted();
        if (from === undefined || end === undefined) break;
        if (await this.read(search, from, end)) continue;
        isShort = true;
        search.cut_short();
      }
    } catch (error) {
      search.free();
      throw error;
    }
    const found = search.finish();
    const trouble = found.trouble as DocumentTrouble | "";
    const names = found.names();
    const documents = names.map((name, index) => ({ name, bytes: new Uint8Array(found.take_bytes(index)) }));
    found.free();
    if (trouble === "") return documents;
    // What live viewers see at once is stored a moment later.
    const isLate = isShort && live && (trouble === "not-found" || trouble === "damaged");
    return isLate ? "pending" : trouble;
  }

  /** Whether all of the range is stored. */
  private async read(search: PrintedSearch, from: number, end: number): Promise<boolean> {
    try {
      return await new RangeReader(from, end).read(this.base, (offset, bytes) => {
        this.fetched(bytes.length);
        search.feed(offset, bytes);
      });
    } catch (error) {
      if (error instanceof DoorError && error.status === 416) return false;
      throw error;
    }
  }
}
