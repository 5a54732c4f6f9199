/** The list of keys that `?` shows over the picture. */
import { make, setText } from "./dom.ts";
import type { PlayerTexts } from "./texts.ts";

export class KeyList {
  readonly element = make("div", "keys", { role: "dialog", "aria-modal": "false", tabindex: "-1" });

  constructor() {
    this.element.hidden = true;
  }

  /** Whether it is open. */
  get shown(): boolean {
    return !this.element.hidden;
  }

  show(shown: boolean): void {
    this.element.hidden = !shown;
    if (shown) this.element.focus();
  }

  /** Names everything in a language. */
  setTexts(words: PlayerTexts): void {
    const title = make("h2", "");
    setText(title, words.keysTitle);
    const list = make("dl", "");
    for (const [keys, what] of words.keys) {
      const [term, text] = [make("dt", ""), make("dd", "")];
      setText(term, keys);
      setText(text, what);
      list.append(term, text);
    }
    const close = make("button", "button text", { type: "button" });
    setText(close, words.close);
    close.addEventListener("click", () => this.show(false));
    this.element.setAttribute("aria-label", words.keysTitle);
    this.element.replaceChildren(title, list, close);
  }
}
