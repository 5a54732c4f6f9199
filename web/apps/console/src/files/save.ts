/** Has the browser keep a text as a file. */
export function saveAs(
  name: string,
  text: string,
  type: "application/json" | "text/csv;charset=utf-8",
): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/** A name of a thing as part of a file's name. */
export function inFileName(name: string): string {
  return name.replace(/[^\p{L}\p{N} _-]/gu, "_");
}
