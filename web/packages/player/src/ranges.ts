/** Reads one byte range of the `data` door, piece by piece as it comes. */

import type { Trouble } from "./messages.ts";

/** Why bytes did not come. */
export class DoorError extends Error {
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What did not work, in one word. */
export function troubleOf(error: unknown): Trouble["kind"] {
  if (error instanceof DoorError && error.status === 404) return "gone";
  if (error instanceof DoorError && (error.status === 401 || error.status === 403)) return "refused";
  const isAnswer = error instanceof DoorError || error instanceof TypeError || error instanceof DOMException;
  return isAnswer ? "network" : "unreadable";
}

/** An answer is cut where it says that it is longer than this. */
const MAX_INDEX_BYTES = 17 << 20;
const MAX_THUMBNAILS_BYTES = 1 << 20;
/** Without an answer, or a piece of one, for so long the connection is given up. */
const PATIENCE_MS = 20_000;

/** Asks a door; refusals are errors. */
async function ask(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { credentials: "same-origin", cache: "no-store", ...init });
  if (!response.ok) {
    await response.body?.cancel();
    throw new DoorError(response.status, `${response.status} ${response.statusText}`.trim());
  }
  return response;
}

/** The `index` door's answer. */
export async function fetchIndex(base: string): Promise<Uint8Array> {
  const response = await ask(`${base}/index`, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (Number(response.headers.get("Content-Length") ?? 0) > MAX_INDEX_BYTES) {
    await response.body?.cancel();
    throw new DoorError(response.status, "the index is too large");
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** The `thumbnails` door's answer; nothing where there are none, or the door is not known. */
export async function fetchThumbnails(base: string): Promise<Uint8Array> {
  try {
    // Kept by the browser, and asked whether it is still the same.
    const init: RequestInit = { signal: AbortSignal.timeout(PATIENCE_MS), cache: "no-cache" };
    const response = await ask(`${base}/thumbnails`, init);
    if (Number(response.headers.get("Content-Length") ?? 0) <= MAX_THUMBNAILS_BYTES) {
      return new Uint8Array(await response.arrayBuffer());
    }
    await response.body?.cancel();
  } catch {
    // A recording is played just as well without.
  }
  return new Uint8Array();
}

/** One range under way. */
export class RangeReader {
  /** Offset of the next byte that will come. */
  position: number;
  readonly end: number;
  private readonly abort = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(from: number, end: number) {
    this.position = from;
    this.end = end;
  }

  /**
   * Reads to the end or until cancelled; `piece` is called with each piece's offset and bytes. Resolves with whether all of
   * the range came; rejects with what went wrong, never after `cancel`.
   */
  async read(base: string, piece: (offset: number, bytes: Uint8Array) => void): Promise<boolean> {
    try {
      this.wait();
      const headers = { Range: `bytes=${this.position}-${this.end - 1}` };
      const response = await ask(`${base}/data`, { headers, signal: this.abort.signal });
      if (response.status !== 206 && this.position > 0) {
        throw new DoorError(response.status, "the server does not answer with ranges");
      }
      const reader = response.body?.getReader();
      while (reader && this.position < this.end) {
        this.wait();
        const { done, value } = await reader.read();
        if (done || this.cancelled) break;
        const offset = this.position;
        this.position += value.length;
        piece(offset, value);
      }
      if (this.position >= this.end) this.abort.abort();
    } catch (error) {
      if (!this.cancelled) throw error;
    } finally {
      clearTimeout(this.timer);
    }
    return this.position >= this.end;
  }

  private wait(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.abort.abort(new DoorError(0, "no answer")), PATIENCE_MS);
  }

  /** Whether `cancel` was called (and not merely patience lost). */
  cancelled = false;

  /** What has not come yet is no longer wanted. */
  cancel(): void {
    this.cancelled = true;
    this.abort.abort();
  }
}
