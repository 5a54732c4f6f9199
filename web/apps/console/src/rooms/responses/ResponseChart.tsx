/** Responses by day and action. Each day is a button that lists its responses alone, and says in words what it shows. */
import { useTranslation } from "react-i18next";
import type { ResponseAction, ResponseDay } from "../../api/responses";
import { useLocale } from "../../app/locale";
import { formatDay } from "../success/rate";
import { actionName } from "./words";

/** What another version's words say stands under no action. */
export const ACTIONS = [
  "mail",
  "webhook",
  "record-screen",
  "lock",
  "log-off",
  "disconnect",
  undefined,
] as const satisfies readonly (ResponseAction | undefined)[];

interface ResponseChartProps {
  days: readonly ResponseDay[];
  /** Starts of all days of the period, the first one first. */
  starts: readonly number[];
  offsetMinutes: number;
  chosen: number | undefined;
  choose: (start: number | undefined) => void;
}

export function ResponseChart({ days, starts, offsetMinutes, chosen, choose }: ResponseChartProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const list = new Intl.ListFormat(locale, { type: "unit" });
  const ofDay = starts.map((start) => days.filter((day) => day.start_us === start));
  const most = Math.max(1, ...ofDay.map((counts) => counts.reduce((sum, { count }) => sum + count, 0)));
  const seen = ACTIONS.filter((action) => days.some((day) => (day.action ?? undefined) === action));
  const first = starts[0];
  const last = starts.at(-1);
  return (
    <figure className="kinescope-day-chart">
      <ol aria-label={t("responses.chart")}>
        {starts.map((start, at) => {
          const counts = ofDay[at] ?? [];
          const day = formatDay(start, offsetMinutes, locale);
          const said = counts.map(({ action, count }) =>
            t("responses.countOf", { count, action: actionName(action, t) }),
          );
          const text = said.length > 0 ? `${day}: ${list.format(said)}` : t("responses.dayEmpty", { day });
          return (
            <li key={start}>
              <button
                type="button"
                title={text}
                aria-label={text}
                aria-pressed={chosen === start}
                onClick={() => choose(chosen === start ? undefined : start)}
              >
                {counts.map(({ action, count }) => (
                  <span
                    key={action ?? ""}
                    className="kinescope-response-bar"
                    data-action={action ?? "other"}
                    style={{ height: `${(100 * count) / most}%` }}
                  />
                ))}
              </button>
            </li>
          );
        })}
      </ol>
      <figcaption>
        <span>{first !== undefined && formatDay(first, offsetMinutes, locale)}</span>
        <span className="kinescope-response-legend">
          {seen.map((action) => (
            <span key={action ?? ""} className="kinescope-response-key">
              <span className="kinescope-response-bar" data-action={action ?? "other"} aria-hidden />{" "}
              {actionName(action, t)}
            </span>
          ))}
          <span>{t("responses.scale", { count: most })}</span>
        </span>
        <span>{last !== undefined && formatDay(last, offsetMinutes, locale)}</span>
      </figcaption>
    </figure>
  );
}
