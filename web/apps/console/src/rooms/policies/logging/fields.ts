/** What can be logged: one entry for each field of the document. Form and sentences are made of it. */
import type { TFunction } from "i18next";
import type { Logging } from "../../../api/policies";
import type en from "../../../locales/en.json";

export type FieldName = keyof Logging & keyof typeof en.logging.field;

interface Flag {
  as: "flag";
}

interface List {
  as: "list";
}

interface Seconds {
  as: "seconds";
  least: number;
  most: number;
  usual: number;
}

/** How a field is entered. One that says more about another stands under it while that is chosen. */
export type Field = (Flag | List | Seconds) & { field: FieldName; under?: FieldName };

/** In the order of the form. */
export const FIELDS: readonly Field[] = [
  { field: "topmost_window", as: "flag" },
  { field: "idle", as: "flag" },
  { field: "idle_after_seconds", as: "seconds", least: 5, most: 86_400, usual: 30, under: "idle" },
  { field: "clipboard", as: "flag" },
  { field: "clipboard_content", as: "flag", under: "clipboard" },
  { field: "popups", as: "flag" },
  { field: "popup_words", as: "flag", under: "popups" },
  { field: "pages", as: "flag" },
  { field: "page_queries", as: "flag", under: "pages" },
  { field: "keystrokes", as: "flag" },
  { field: "not_responding", as: "flag" },
  { field: "performance", as: "flag" },
  { field: "programs", as: "list" },
  { field: "program_ends", as: "flag", under: "programs" },
  { field: "secret_arguments", as: "flag", under: "programs" },
  { field: "program_failures", as: "flag" },
  { field: "folders", as: "list" },
  { field: "accounts", as: "flag" },
  { field: "configuration", as: "list" },
  { field: "packages", as: "flag" },
  { field: "connections", as: "flag" },
  { field: "client_drives", as: "flag" },
  { field: "transfers", as: "flag" },
  { field: "usb_storage", as: "flag" },
  { field: "printing", as: "flag" },
  { field: "printing_copies", as: "flag", under: "printing" },
];

type Value = boolean | number | readonly string[] | undefined;

export function saidOf(log: Logging, field: FieldName): Value {
  return log[field] as Value;
}

/** The same with another value; what a field says by itself is left out of the document. */
export function withValue(log: Logging, { field, ...kind }: Field, value: Value): Logging {
  const { [field]: _before, ...rest } = log as Record<string, Value>;
  const usual = kind.as === "seconds" ? kind.usual : kind.as === "flag" ? false : undefined;
  const says = Array.isArray(value) ? value.length > 0 : value !== usual;
  const changed = says ? { ...rest, [field]: value } : rest;
  // What stands under a field means nothing without it.
  const gone = FIELDS.filter((one) => one.under === field && !says).map((one) => one.field as string);
  return Object.fromEntries(Object.entries(changed).filter(([name]) => !gone.includes(name))) as Logging;
}

/** What is logged, as a part of a sentence. */
export function logWords(log: Logging, t: TFunction, language: string): string {
  const list = new Intl.ListFormat(language, { type: "conjunction" });
  const things = FIELDS.filter(({ under }) => !under).flatMap((field) => fieldWords(log, field, t));
  return things.length > 0 ? t("logging.log", { things: list.format(things) }) : t("logging.nothing");
}

function fieldWords(log: Logging, one: Field, t: TFunction): string[] {
  const value = saidOf(log, one.field);
  if (value === undefined || value === false || (Array.isArray(value) && value.length === 0)) {
    return [];
  }
  const items = Array.isArray(value) ? value.join("; ") : "";
  const more = FIELDS.filter(({ under }) => under === one.field);
  const said = more.flatMap((field) => underWords(log, field, t));
  return [[t(`logging.field.${one.field}.words`, { items }), ...said].join(" ")];
}

/** What is said under another field, where it says anything. */
function underWords(log: Logging, one: Field, t: TFunction): string[] {
  if (one.as !== "seconds") {
    return fieldWords(log, one, t);
  }
  const seconds = saidOf(log, one.field) ?? one.usual;
  return [t(`logging.field.${one.field}.words`, { seconds })];
}
