/** Starts the worker that plays one recording. */
import type { FromWorker, Status, ToWorker } from "./messages.ts";

/** The element says where the doors are (`src-base`) and where to begin (`start`, in seconds). What the worker says goes to
 * `take`; where it fails, that is said of the status that there was. */
export function openWorker(
  element: HTMLElement,
  canvas: OffscreenCanvas,
  take: (message: FromWorker) => void,
  status: () => Status,
): Worker {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => take(data);
  worker.onerror = (event) => {
    const trouble = { kind: "engine" as const, detail: event.message ?? "", retryAt: 0 };
    take({ type: "status", status: { ...status(), state: "failed", trouble } });
  };
  const base = new URL(element.getAttribute("src-base") ?? "", document.baseURI).href;
  const seconds = Number.parseFloat(element.getAttribute("start") ?? "");
  const start = Number.isFinite(seconds) ? seconds * 1e6 : null;
  const message: ToWorker = { type: "open", base, canvas, start };
  worker.postMessage(message, [canvas]);
  return worker;
}
