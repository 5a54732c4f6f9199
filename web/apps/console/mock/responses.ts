/** The mock site's responses. */
import type { Schemas } from "@kinescope/api-client";
import { json } from "./answers.ts";
import type { Route } from "./site.ts";

const DAY_US = 86_400_000_000;

export const RESPONSE_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: /^\/api\/v1\/responses$/,
    needs: ["player", "privileged-player"],
    answer: ({ site, query }) => {
      const words = (query.get("text") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
      const from = Number(query.get("from") ?? 0);
      const to = Number(query.get("to") ?? Number.POSITIVE_INFINITY);
      const found = site.data.responses
        .filter(({ at_us }) => at_us >= from && at_us < to)
        .filter((item) => !query.has("action") || item.action === query.get("action"))
        .filter((item) => !query.has("outcome") || item.outcome === query.get("outcome"))
        .filter(({ text, detail, rule, policy, user, machine }) => {
          const said = [text, detail, rule, policy, user, machine].join(" ").toLowerCase();
          return words.every((word) => said.includes(word));
        })
        .sort((one, other) => other.at_us - one.at_us);
      const offsetUs = Number(query.get("offset_minutes") ?? 0) * 60_000_000;
      const days = new Map<string, Schemas["ResponseDay"]>();
      for (const { at_us, action } of found) {
        const start_us = Math.floor((at_us + offsetUs) / DAY_US) * DAY_US - offsetUs;
        const key = `${start_us} ${action}`;
        const { count } = days.get(key) ?? { count: 0 };
        days.set(key, { start_us, ...(action && { action }), count: count + 1 });
      }
      const offset = Number(query.get("offset") ?? 0);
      const limit = Number(query.get("limit") ?? 50);
      return json({
        items: found.slice(offset, offset + limit),
        total: found.length,
        days: [...days.values()],
      } satisfies Schemas["ResponsePage"]);
    },
  },
];
