/** Numbers of bytes in words. */

const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"] as const;

/** Three figures at most and a decimal unit: `512 B`, `1.4 MB`, `38 GB`. */
export function formatSize(bytes: number, language: string): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  // 999.5 and above would be written as 1000 of the smaller unit.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value)} ${UNITS[unit]}`;
}
