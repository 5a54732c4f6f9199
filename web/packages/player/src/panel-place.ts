/** Where the small window with figures stands, and whether it does: kept by the browser, as shares of the room that there is. */

const KEY = "kinescope-player.performance";

export interface PanelPlace {
  shown: boolean;
  /** 0 at the left or upper edge, 1 at the right or lower one. */
  x: number;
  y: number;
}

const FIRST: PanelPlace = { shown: false, x: 1, y: 0 };

export function rememberedPlace(): PanelPlace {
  try {
    return readPlace(localStorage.getItem(KEY) ?? "");
  } catch {
    return FIRST;
  }
}

export function rememberPlace(place: PanelPlace): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(place));
  } catch {
    // Without a store it is forgotten with the page.
  }
}

/** Whatever stands in the store, the place is one. */
export function readPlace(text: string): PanelPlace {
  try {
    const { shown, x, y } = JSON.parse(text) as Record<string, unknown>;
    return { shown: shown === true, x: share(x, FIRST.x), y: share(y, FIRST.y) };
  } catch {
    return FIRST;
  }
}

function share(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : otherwise;
}
