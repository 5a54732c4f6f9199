/** Languages as tags: which of them say the same to a reader, how they are called, and in which direction they are written. */

/** As the server takes them: `de`, `pt-BR`, `zh-Hans`. */
const TAG = /^[a-z]{2,8}(-[a-z0-9]{1,8})*$/i;
const MOST_TAG_CHARS = 35;

export function isTag(text: string): boolean {
  return text.length <= MOST_TAG_CHARS && TAG.test(text);
}

export function sameTag(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Chinese is written in two ways, and who reads one may not read the other. */
function isTraditional(tag: string): boolean {
  const [primary, ...rest] = tag.toLowerCase().split("-");
  return primary === "zh" && rest.some((part) => ["hant", "tw", "hk", "mo"].includes(part));
}

/** Whether a text in one language is shown to readers of the other; the server decides alike. */
export function serves(tag: string, other: string): boolean {
  const primary = (one: string) => one.toLowerCase().split("-")[0];
  return primary(tag) === primary(other) && isTraditional(tag) === isTraditional(other);
}

/** The language's name in the viewer's own; the tag where the browser knows none. */
export function languageName(tag: string, locale: string): string {
  try {
    return new Intl.DisplayNames(locale, { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

const RIGHT_TO_LEFT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

/** By the first letter, as the window does it. */
export function isRightToLeft(text: string): boolean {
  const [first] = /\p{L}/u.exec(text) ?? [];
  return first !== undefined && RIGHT_TO_LEFT.test(first);
}
