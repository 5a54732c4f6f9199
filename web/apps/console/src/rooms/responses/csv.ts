/** Responses as a file for spreadsheets. */
import type { Response } from "../../api/responses";

const COLUMNS = [
  "time",
  "user",
  "machine",
  "description",
  "action",
  "outcome",
  "text",
  "trigger_type",
  "event_detail",
  "rule",
  "policy",
  "recording",
  "seconds",
  "link",
];

/** Lines end as RFC 4180 has it. */
export function csvOf(items: readonly Response[], origin: string): string {
  const rows = items.map((item) => {
    const seconds = item.time_us / 1e6;
    return [
      new Date(item.at_us / 1000).toISOString(),
      item.user,
      item.machine,
      item.trigger ?? "",
      item.action ?? "",
      item.outcome ?? "",
      item.text,
      item.of ?? "",
      item.detail ?? "",
      item.rule ?? "",
      item.policy ?? "",
      item.recording,
      String(seconds),
      `${origin}/recordings/${item.recording}?t=${seconds}`,
    ];
  });
  return [COLUMNS, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** Recorded words must not become a formula where a spreadsheet opens them. */
function cell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
