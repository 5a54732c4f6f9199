/**
 * The part of an address after `?`, as plain text fields: what a person would write by hand, and what stays readable in
 * a link. The router's own form would write `text="7"` in quotes to keep it from becoming a number.
 */

export function parseAddress(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

/** Leaves out what has no value; gives the empty text or one that starts with `?`. */
export function writeAddress(fields: Record<string, unknown>): string {
  const written = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== "") {
      written.set(name, String(value));
    }
  }
  const text = written.toString();
  return text === "" ? "" : `?${text}`;
}
