/** The `live` door: bytes of a recording as they are made. Connects again by itself, from where the known bytes end. */

/** Whoever plays the tail. */
export interface TailHost {
  /** Where the known bytes end. */
  length(): number;
  /** Takes bytes; false if they do not join on to what is known. */
  bytes(offset: number, bytes: Uint8Array): boolean;
  /** What the server says of the recording, or that the connection is lost. */
  state(state: "live" | "silent" | "lost"): void;
  /** The recording has ended with this many bytes. */
  ended(length: number): void;
  /** What was received is no longer what is stored: begin again from the index. */
  restart(): void;
}

const OFFSET_BYTES = 8;
const RETRY_MS = [250, 500, 1000, 2000, 5000, 10_000];
/** WebSocket close code by which a server says that stored bytes were given up. */
const CLOSED_RESTART = 1012;

export class Tail {
  private socket: WebSocket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private closed = false;
  private readonly url: string;
  private readonly host: TailHost;

  constructor(base: string, host: TailHost) {
    const url = new URL(`${base}/live`, self.location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.url = url.href;
    this.host = host;
    this.connect();
  }

  private connect(): void {
    const socket = new WebSocket(`${this.url}?from=${this.host.length()}`);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onmessage = ({ data }) => {
      if (this.closed || socket !== this.socket) return;
      if (typeof data === "string") this.takeState(data);
      else this.takeBytes(data as ArrayBuffer);
    };
    socket.onclose = ({ code }) => {
      if (!this.closed && socket === this.socket) this.lost(code);
    };
  }

  private takeBytes(message: ArrayBuffer): void {
    if (message.byteLength < OFFSET_BYTES) {
      this.reconnect();
      return;
    }
    const offset = Number(new DataView(message).getBigUint64(0, true));
    this.failures = 0;
    if (!this.host.bytes(offset, new Uint8Array(message, OFFSET_BYTES))) this.reconnect();
  }

  private takeState(text: string): void {
    let state: unknown;
    let length: unknown;
    try {
      ({ state, length } = JSON.parse(text) as Record<string, unknown>);
    } catch {
      this.reconnect();
      return;
    }
    if (state === "live" || state === "silent") {
      this.failures = 0;
      this.host.state(state);
    }
    if (state === "ended" && typeof length === "number") {
      this.close();
      this.host.ended(length);
    }
  }

  private lost(code: number): void {
    this.host.state("lost");
    if (code === CLOSED_RESTART) {
      this.close();
      this.host.restart();
      return;
    }
    const wait = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
    this.failures += 1;
    this.timer = setTimeout(() => this.connect(), wait);
  }

  /** Asks again from where the known bytes end. */
  private reconnect(): void {
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
    this.lost(0);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }
}
