/** Light, dark and high contrast: PatternFly's classes on the root element, and where the choice is kept. */
import { useSyncExternalStore } from "react";

export const THEMES = ["system", "light", "dark", "contrast"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "kinescope.theme";
const DARK_CLASS = "pf-v6-theme-dark";
const CONTRAST_CLASS = "pf-v6-theme-high-contrast";
const prefersDark = "(prefers-color-scheme: dark)";
const prefersContrast = "(prefers-contrast: more)";

const listeners = new Set<() => void>();

function stored(): Theme {
  const word = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === word) ?? "system";
}

function matches(query: string): boolean {
  return window.matchMedia(query).matches;
}

function apply(theme: Theme): void {
  // High contrast has a light and a dark form; the system says which.
  const dark = theme === "dark" || ((theme === "system" || theme === "contrast") && matches(prefersDark));
  const contrast = theme === "contrast" || (theme === "system" && matches(prefersContrast));
  const { classList, style } = document.documentElement;
  classList.toggle(DARK_CLASS, dark);
  classList.toggle(CONTRAST_CLASS, contrast);
  // The browser's own parts: scroll bars, date fields.
  style.colorScheme = dark ? "dark" : "light";
}

/** Applies the kept choice, and follows the system from now on. To be called before the first picture. */
export function startTheme(): void {
  apply(stored());
  for (const query of [prefersDark, prefersContrast]) {
    window.matchMedia(query).addEventListener("change", () => apply(stored()));
  }
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  apply(theme);
  for (const listener of listeners) {
    listener();
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, stored);
}
