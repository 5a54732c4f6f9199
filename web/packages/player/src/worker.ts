/** The worker: owns the engine, everything that is fetched, and the canvas. The page stays responsive whatever is decoded. */
import init from "../wasm/engine.js";
import type { FromWorker, ToWorker } from "./messages.ts";
import { Session } from "./session.ts";

declare const self: DedicatedWorkerGlobalScope;

const engineLoaded = init({ module_or_path: new URL("../wasm/engine_bg.wasm", import.meta.url) });
let session: Session | undefined;

function post(message: FromWorker, transfer: Transferable[] = []): void {
  self.postMessage(message, transfer);
}

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === "open") {
    session = new Session(data.base, data.canvas, data.start, post, engineLoaded);
  } else {
    session?.take(data);
  }
};
