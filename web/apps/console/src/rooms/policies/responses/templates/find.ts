/** Templates by what they are found by, and as files. Pure. */
import type { Template, TriggerTemplate } from "../../../../api/templates";
import { fold, wordsOf } from "../../../player/events/events";

export interface TemplateFilter {
  /** Words that must all be in name, description, theme, category, keywords or author. */
  text: string;
  /** Exactly these; all where they are empty. */
  theme: string;
  category: string;
  author: string;
}

export const NO_TEMPLATE_FILTER: TemplateFilter = { text: "", theme: "", category: "", author: "" };

export function authorOf({ author, built_in }: Template, builtIn: string): string {
  return built_in ? builtIn : (author ?? "");
}

export function found(items: readonly Template[], filter: TemplateFilter, builtIn: string): Template[] {
  const words = wordsOf(filter.text);
  return items.filter((item) => {
    const { name, theme, category, keywords, trigger } = item.template;
    const author = authorOf(item, builtIn);
    const said = fold([name, theme, category, ...(keywords ?? []), trigger.description, author].join(" "));
    return (
      words.every((word) => said.includes(word)) &&
      (!filter.theme || filter.theme === theme) &&
      (!filter.category || filter.category === category) &&
      (!filter.author || filter.author === author)
    );
  });
}

/** What a list offers, in the order of the alphabet. */
export function choices(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((value): value is string => Boolean(value)))].sort((one, other) =>
    one.localeCompare(other),
  );
}

/** The first name that is free: `Copy of X`, `Copy of X 2`, … */
export function freeName(name: string, taken: readonly string[]): string {
  const names = new Set(taken.map((one) => one.toLowerCase()));
  for (let number = 1; ; number += 1) {
    const end = number > 1 ? ` ${number}` : "";
    const free = `${name.slice(0, 64 - end.length)}${end}`;
    if (!names.has(free.toLowerCase())) {
      return free;
    }
  }
}

/** A file is a list, so that several can be shared at once. */
export function fileOf(templates: readonly TriggerTemplate[]): string {
  return `${JSON.stringify({ version: 1, templates }, null, 2)}\n`;
}

/** What stands in a file; the server says what is wrong with a template. Nothing where it is no such file. */
export function templatesOf(text: string): TriggerTemplate[] | undefined {
  try {
    const { version, templates } = JSON.parse(text) as { version?: unknown; templates?: unknown };
    return version === 1 && Array.isArray(templates) && templates.length > 0
      ? (templates as TriggerTemplate[])
      : undefined;
  } catch {
    return undefined;
  }
}
