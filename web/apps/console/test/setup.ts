/** What jsdom lacks and the console needs, and the texts. */
import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";
import { startTexts } from "../src/app/i18n";

class NoResizeObserver implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

/** Blobs can be read in every browser. */
Blob.prototype.text ??= function text(this: Blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsText(this);
  });
};

startTexts();
// Builds share their processors with much else: what is slow is not wrong.
configure({ asyncUtilTimeout: 10_000 });

// What the site has kept is told by days: at midnight it must not be other days than at noon.
const NOW = new Date(2026, 10, 20, 14, 30);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW });
  vi.stubGlobal("ResizeObserver", NoResizeObserver);
  vi.stubGlobal("matchMedia", (media: string) => ({
    media,
    matches: false,
    addEventListener: () => {},
    removeEventListener: () => {},
  }));
  window.scrollTo = () => {};
  window.innerWidth = 1280;
  // There is no layout, and a list without height would have no rows.
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(1280);
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(720);
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
  localStorage.clear();
});
