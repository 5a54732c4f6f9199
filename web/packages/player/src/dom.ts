/** Small helpers for making elements. Text goes in as text, never as markup: recorded words are hostile. */
import { type IconName, icon, setIcon } from "./icons.ts";

/** An element with a class and attributes. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  attributes: Record<string, string> = {},
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** Sets a text only when it is another: screen readers and layout are left alone otherwise. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Shows an element on the whole screen, or no longer. */
export function toggleFullScreen(element: HTMLElement): Promise<void> {
  return document.fullscreenElement === element ? document.exitFullscreen() : element.requestFullscreen();
}

/** A button that shows an icon and is called by a text. */
export class IconButton {
  readonly element = make("button", "button", { type: "button" });
  private readonly svg: SVGSVGElement;

  constructor(name: IconName, click: () => void) {
    this.svg = icon(name);
    this.element.append(this.svg);
    this.element.addEventListener("click", click);
  }

  /** Its name, with the key that does the same. */
  label(text: string, key: string): this {
    this.element.setAttribute("aria-label", text);
    this.element.title = key ? `${text} (${key})` : text;
    return this;
  }

  show(name: IconName): void {
    setIcon(this.svg, name);
  }

  set pressed(pressed: boolean) {
    this.element.setAttribute("aria-pressed", String(pressed));
  }
}
