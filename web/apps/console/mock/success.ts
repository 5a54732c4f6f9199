/** The mock site's sessions and what became of them. */
import type { Schemas } from "@kinescope/api-client";
import { json } from "./answers.ts";
import type { Route } from "./site.ts";

const READERS: Schemas["Role"][] = ["policy-administrator", "logging-reader"];
const MINUTE_US = 60_000_000;
const DAY_US = 86_400_000_000;

const NONE: Schemas["OutcomeCounts"] = {
  recorded: 0,
  interrupted: 0,
  failed: 0,
  missing: 0,
  beginning: 0,
  declined: 0,
  switched_off: 0,
  undecided: 0,
  not_wanted: 0,
};

function count(items: readonly Schemas["SessionOutcomeItem"][]): Schemas["OutcomeCounts"] {
  const counts = { ...NONE };
  for (const { outcome } of items) {
    counts[outcome.replace("-", "_") as keyof typeof counts] += 1;
  }
  return counts;
}

function within(items: readonly Schemas["SessionOutcomeItem"][], query: URLSearchParams) {
  const from = Number(query.get("from") ?? 0);
  const to = Number(query.get("to") ?? Number.POSITIVE_INFINITY);
  return items.filter(({ began_us }) => began_us >= from && began_us < to);
}

export const SUCCESS_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: /^\/api\/v1\/recording-success$/,
    needs: READERS,
    answer: ({ site, query }) => {
      const items = within(site.data.outcomes, query);
      const offset = Number(query.get("offset_minutes") ?? 0) * MINUTE_US;
      const dayOf = (us: number) => Math.floor((us + offset) / DAY_US) * DAY_US - offset;
      const starts = [...new Set(items.map(({ began_us }) => dayOf(began_us)))].sort((a, b) => a - b);
      return json({
        sessions: count(items),
        days: starts.map((day_us) => ({
          day_us,
          sessions: count(items.filter(({ began_us }) => dayOf(began_us) === day_us)),
        })),
        known_since_us: Math.min(...site.data.outcomes.map(({ began_us }) => began_us)),
      } satisfies Schemas["RecordingSuccess"]);
    },
  },
  {
    method: "GET",
    path: /^\/api\/v1\/recording-success\/sessions$/,
    needs: READERS,
    answer: ({ site, query }) => {
      const outcomes = (query.get("outcomes") ?? "").split(",");
      const items = within(site.data.outcomes, query)
        .filter(({ outcome }) => outcomes.includes(outcome))
        .sort((a, b) => b.began_us - a.began_us);
      const offset = Number(query.get("offset") ?? 0);
      const page = items.slice(offset, offset + Number(query.get("limit") ?? 50));
      return json({ items: page, total: items.length } satisfies Schemas["SessionOutcomePage"]);
    },
  },
];
