/** The setting while it is edited, what is shown of it, and what is wrong with it. */
import type { BuiltInNotice, NoticePage, NoticeSetting, NoticeText } from "../../../api/notices";
import { sameTag, serves } from "./languages";

/** As the server has them. */
export const MOST_TEXTS = 64;
export const MOST_TITLE_CHARS = 120;
export const MOST_BODY_CHARS = 6_000;
export const LEAST_PATIENCE_SECS = 30;
export const MOST_PATIENCE_SECS = 3_600;

export interface Draft {
  consent: boolean;
  /** As it is typed. */
  patience: string;
  defaultLanguage: string;
  builtInTexts: boolean;
  texts: NoticeText[];
}

export function draftOf(setting: NoticeSetting): Draft {
  return {
    consent: setting.consent ?? false,
    patience: String(setting.patience_secs ?? 300),
    defaultLanguage: setting.default_language ?? "en",
    builtInTexts: setting.built_in_texts ?? true,
    texts: setting.texts ?? [],
  };
}

export function settingOf(draft: Draft): NoticeSetting {
  return {
    consent: draft.consent,
    patience_secs: Number(draft.patience),
    default_language: draft.defaultLanguage,
    built_in_texts: draft.builtInTexts,
    texts: draft.texts,
  };
}

/** What users of one language are shown. */
export interface Shown extends NoticeText {
  /** One's own; else it is built in. */
  own: boolean;
}

export function builtInOf(page: NoticePage, consent: boolean): BuiltInNotice[] {
  return consent ? page.built_in_consent : page.built_in;
}

/** Texts of one's own, and those built-in ones in whose place none of them stands. */
export function shownTexts(draft: Draft, page: NoticePage): Shown[] {
  const own = draft.texts.map((text) => ({ ...text, own: true }));
  const others = draft.builtInTexts ? builtInOf(page, draft.consent) : [];
  const rest = others
    .filter(({ language }) => !draft.texts.some((text) => serves(text.language, language)))
    .map((text) => ({ ...text, own: false }));
  return [...own, ...rest];
}

/** With this text in the place of the one in its language, which may be a built-in one. */
export function withText(draft: Draft, text: NoticeText): Draft {
  const known = draft.texts.some(({ language }) => sameTag(language, text.language));
  const texts = known
    ? draft.texts.map((one) => (sameTag(one.language, text.language) ? text : one))
    : [...draft.texts, text];
  return { ...draft, texts };
}

export function withoutText(draft: Draft, language: string): Draft {
  return { ...draft, texts: draft.texts.filter((text) => !sameTag(text.language, language)) };
}

export type Fault =
  | "titleMissing"
  | "titleLong"
  | "titleControl"
  | "bodyMissing"
  | "bodyLong"
  | "bodyControl"
  | "patience"
  | "noDefault"
  | "tooMuch";

/** Something that the server would refuse, and the language whose text it is in. */
export interface Wrong {
  fault: Fault;
  language?: string;
}

function control(text: string, allowed: string): boolean {
  return [...text].some((char) => /\p{Cc}/u.test(char) && !allowed.includes(char));
}

export function wrongText({ language, title, body }: NoticeText): Wrong[] {
  const found: [boolean, Fault][] = [
    [title.trim() === "", "titleMissing"],
    [[...title].length > MOST_TITLE_CHARS, "titleLong"],
    [control(title, ""), "titleControl"],
    [body.trim() === "", "bodyMissing"],
    [[...body].length > MOST_BODY_CHARS, "bodyLong"],
    [control(body, "\n"), "bodyControl"],
  ];
  return found.flatMap(([is, fault]) => (is ? [{ fault, language }] : []));
}

export function wrongOf(draft: Draft, page: NoticePage): Wrong[] {
  const wrong = draft.texts.flatMap(wrongText);
  const seconds = Number(draft.patience);
  if (!Number.isInteger(seconds) || seconds < LEAST_PATIENCE_SECS || seconds > MOST_PATIENCE_SECS) {
    wrong.push({ fault: "patience" });
  }
  if (!shownTexts(draft, page).some(({ language }) => serves(language, draft.defaultLanguage))) {
    wrong.push({ fault: "noDefault" });
  }
  const bytes = new TextEncoder().encode(JSON.stringify(settingOf(draft))).length;
  if (bytes > page.most_bytes || draft.texts.length > MOST_TEXTS) {
    wrong.push({ fault: "tooMuch" });
  }
  return wrong;
}
