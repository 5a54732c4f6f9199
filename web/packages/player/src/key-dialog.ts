/** Asks for a key file. What is given goes to the worker's memory and nowhere else. */
import { make, setText } from "./dom.ts";
import type { KeyAnswer } from "./messages.ts";
import type { PlayerTexts } from "./texts.ts";

/** Key files are small; a film taken for one must not be read into memory. */
const MOST_FILE_BYTES = 4096;

export class KeyDialog {
  readonly element = make("dialog", "ask", { "aria-labelledby": "ask-title" });
  private readonly title = make("h2", "", { id: "ask-title" });
  private readonly about = make("p", "");
  private readonly file = make("input", "", { type: "file", id: "ask-file" });
  private readonly pasted = make("textarea", "", {
    id: "ask-text",
    rows: "3",
    spellcheck: "false",
    autocomplete: "off",
  });
  private readonly passphrase = make("input", "", {
    type: "password",
    id: "ask-passphrase",
    autocomplete: "off",
  });
  private readonly passphraseRow = make("div", "field");
  private readonly failure = make("p", "failure", { role: "alert" });
  private readonly open = make("button", "button text primary", { type: "submit" });
  private readonly cancel = make("button", "button text", { type: "button" });
  private readonly labels: HTMLLabelElement[] = [];
  private words: PlayerTexts;

  constructor(
    words: PlayerTexts,
    private readonly give: (file: string, passphrase: string) => Promise<KeyAnswer>,
  ) {
    this.words = words;
    const form = make("form", "", { method: "dialog" });
    const field = (input: HTMLElement, row = make("div", "field")) => {
      const label = make("label", "", { for: input.id });
      this.labels.push(label);
      row.append(label, input);
      return row;
    };
    const actions = make("div", "actions");
    actions.append(this.open, this.cancel);
    this.failure.hidden = true;
    form.append(this.title, this.about, field(this.file), field(this.pasted));
    form.append(field(this.passphrase, this.passphraseRow), this.failure, actions);
    this.element.append(form);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.submit();
    });
    this.cancel.addEventListener("click", () => this.element.close());
    this.element.addEventListener("close", () => this.forget());
    // The player's own keys must not act on what is typed here.
    this.element.addEventListener("keydown", (event) => event.stopPropagation());
    this.setTexts(words);
  }

  setTexts(words: PlayerTexts): void {
    this.words = words;
    setText(this.title, words.keyTitle);
    setText(this.about, words.keyAbout);
    const [file, pasted, passphrase] = this.labels;
    if (file) setText(file, words.keyFile);
    if (pasted) setText(pasted, words.keyPasted);
    if (passphrase) setText(passphrase, words.keyPassphrase);
    setText(this.open, words.keyOpen);
    setText(this.cancel, words.keyCancel);
  }

  show(): void {
    this.passphraseRow.hidden = true;
    this.element.showModal();
    this.file.focus();
  }

  private async submit(): Promise<void> {
    this.open.disabled = true;
    const answer = await this.give(await this.text(), this.passphrase.value);
    this.open.disabled = false;
    if (answer.outcome === "opens") {
      this.element.close();
      return;
    }
    if (answer.outcome === "wants-passphrase" || answer.outcome === "wrong-passphrase") {
      this.passphraseRow.hidden = false;
      this.passphrase.focus();
    }
    setText(this.failure, `${this.words.keyOutcomes[answer.outcome]} ${answer.detail}`.trim());
    this.failure.hidden = false;
  }

  /** What was pasted, else the chosen file. */
  private async text(): Promise<string> {
    const pasted = this.pasted.value.trim();
    const file = this.file.files?.[0];
    if (pasted || !file || file.size > MOST_FILE_BYTES) return pasted;
    return file.text();
  }

  /** Nothing that was typed stays in the page. */
  private forget(): void {
    this.pasted.value = "";
    this.passphrase.value = "";
    this.file.value = "";
    this.failure.hidden = true;
  }
}
