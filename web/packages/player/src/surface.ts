/** The canvas: only damaged rectangles are drawn, pixel for pixel. */
import type { Engine } from "../wasm/engine.js";
import type { FrameDetail, FromWorker, Picture } from "./messages.ts";

export class Surface {
  private readonly canvas: OffscreenCanvas;
  private readonly context: OffscreenCanvasRenderingContext2D | null;
  private readonly post: (message: FromWorker, transfer?: Transferable[]) => void;
  private drawnTime = -1;
  private pointer = "";
  private readonly memory: () => WebAssembly.Memory;

  /** `memory` is the engine's; asked for only when there is an engine. */
  constructor(
    canvas: OffscreenCanvas,
    post: (message: FromWorker, transfer?: Transferable[]) => void,
    memory: () => WebAssembly.Memory,
  ) {
    this.memory = memory;
    this.canvas = canvas;
    // Kept in main memory: pixels come from there, and tests read them back.
    this.context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    this.post = post;
  }

  /** Draws what changed since it was last called; returns what there is to say of it. */
  draw(engine: Engine): FrameDetail | null {
    const { width, height } = engine;
    this.drawPointer(engine);
    if (width === 0) {
      if (this.drawnTime >= 0) this.context?.clearRect(0, 0, this.canvas.width, this.canvas.height);
      this.drawnTime = -1;
      return null;
    }
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
      engine.redraw();
    }
    const damage = engine.take_damage();
    for (let at = 0; at + 3 < damage.length; at += 4) {
      const [x = 0, y = 0, w = 0, h = 0] = damage.subarray(at, at + 4);
      const rgba = this.pixels(engine, x, y, w, h);
      if (rgba) this.context?.putImageData(new ImageData(rgba, w, h), x, y);
    }
    if (damage.length === 0 && this.drawnTime === engine.picture_time) return null;
    this.drawnTime = engine.picture_time;
    return { time_us: this.drawnTime, drawn: performance.timeOrigin + performance.now() };
  }

  /** The pointer is an overlay of the page's: the picture stays what was on the screen. */
  private drawPointer(engine: Engine): void {
    const shape = engine.take_pointer_shape();
    if (shape) {
      const rgba = clamped(shape.rgba);
      const { hot_x: hotX, hot_y: hotY, width, height } = shape;
      shape.free();
      this.post({ type: "shape", hotX, hotY, width, height, rgba }, [rgba.buffer]);
    }
    const place = engine.pointer();
    const visible = place.length === 2;
    const [x = 0, y = 0] = place;
    const now = `${x} ${y} ${visible}`;
    if (now !== this.pointer) {
      this.pointer = now;
      this.post({ type: "pointer", x, y, visible });
    }
  }

  /** The picture as the engine decoded it. */
  enginePixels(engine: Engine): Picture | null {
    const { width, height } = engine;
    const rgba = this.pixels(engine, 0, 0, width, height);
    return rgba ? { width, height, rgba: rgba.slice() } : null;
  }

  /** The RGBA bytes of an area where they lie in the engine's memory: of use until the engine does anything else. */
  private pixels(engine: Engine, x: number, y: number, w: number, h: number) {
    const at = engine.rgba(x, y, w, h);
    // The engine's memory is not shared with any other thread.
    const buffer = this.memory().buffer as ArrayBuffer;
    return at > 0 ? new Uint8ClampedArray(buffer, at, w * h * 4) : null;
  }

  /** The picture as it stands on the canvas. */
  canvasPixels(): Picture | null {
    const { width, height } = this.canvas;
    const data = this.context?.getImageData(0, 0, width, height).data;
    return data ? { width, height, rgba: clamped(data) } : null;
  }
}

function clamped(bytes: Uint8Array | Uint8ClampedArray): Uint8ClampedArray<ArrayBuffer> {
  return new Uint8ClampedArray(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}
