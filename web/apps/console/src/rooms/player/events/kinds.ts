/** Kinds of events as an address spells them. */

/** A kind may hold any character, commas included. */
export function writeKinds(kinds: readonly string[]): string | undefined {
  return kinds.length > 0 ? kinds.map(encodeURIComponent).join(",") : undefined;
}

export function readKinds(text: string | undefined): string[] {
  return (text ?? "").split(",").filter(Boolean).map(decoded);
}

/** Anybody may write an address. */
function decoded(kind: string): string {
  try {
    return decodeURIComponent(kind);
  } catch {
    return kind;
  }
}
