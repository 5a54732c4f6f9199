/** Has the browser keep a text as a file. */
export function saveAs(
  name: string,
  text: string,
  type: "application/json" | "text/csv;charset=utf-8",
): void {
  keep(name, new Blob([text], { type }));
}

/** The same of bytes that nobody here has looked into: of a type that no browser shows. */
export function saveBytes(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  keep(name, new Blob([bytes], { type: "application/octet-stream" }));
}

function keep(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/** Characters of a file's name; of a longer one the beginning, and the ending where that is short. */
const MOST_CHARACTERS = 100;
const ENDING = /\.[^.]{1,15}$/u;
/** Signs to a system, and characters that are not seen or turn what follows around. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}<>:"|?*]/gu;
/** Names that a system keeps for itself, whatever their ending. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/iu;

/** What somebody else called a thing, as the name of a file in the folder of downloads. */
export function asFileName(name: string): string {
  const base = name.split(/[/\\]/).at(-1) ?? "";
  const harmless = base.replace(HARMFUL, "_").replace(/^[\s.]+|[\s.]+$/gu, "");
  const ending = ENDING.exec(harmless)?.[0] ?? "";
  const characters = [...harmless];
  const short =
    characters.length > MOST_CHARACTERS
      ? characters.slice(0, MOST_CHARACTERS - [...ending].length).join("") + ending
      : harmless;
  return RESERVED.test(short) ? `_${short}` : short || "document";
}

/** A name of a thing as part of a file's name. */
export function inFileName(name: string): string {
  return name.replace(/[^\p{L}\p{N} _-]/gu, "_");
}
