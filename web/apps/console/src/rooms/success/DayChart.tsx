/** The rate by day. Each day is a button that shows its sessions; the failed part is hatched, so that colour is not needed. */
import { useTranslation } from "react-i18next";
import { useLocale } from "../../app/locale";
import { type Day, formatDay, formatRate, notRecorded, rateOf, recorded, settled } from "./rate";

interface DayChartProps {
  days: readonly Day[];
  offsetMinutes: number;
  /** The start of the day that is chosen. */
  chosen: number | undefined;
  choose: (start: number | undefined) => void;
}

export function DayChart({ days, offsetMinutes, chosen, choose }: DayChartProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const most = Math.max(1, ...days.map(({ counts }) => (counts ? settled(counts) : 0)));
  const first = days[0];
  const last = days.at(-1);
  return (
    <figure className="kinescope-day-chart">
      <ol aria-label={t("success.chart")}>
        {days.map((day) => {
          const { counts, start } = day;
          const rate = counts && rateOf(counts);
          const name = formatDay(start, offsetMinutes, locale);
          const text =
            counts && rate !== undefined
              ? t("success.day", {
                  day: name,
                  rate: formatRate(rate, locale),
                  recorded: recorded(counts),
                  count: settled(counts),
                })
              : t("success.dayEmpty", { day: name });
          return (
            <li key={start}>
              <button
                type="button"
                title={text}
                aria-label={text}
                aria-pressed={chosen === start}
                onClick={() => choose(chosen === start ? undefined : start)}
              >
                {counts && (
                  <>
                    <span
                      className="kinescope-day-failed"
                      style={{ height: `${(100 * notRecorded(counts)) / most}%` }}
                    />
                    <span
                      className="kinescope-day-recorded"
                      style={{ height: `${(100 * recorded(counts)) / most}%` }}
                    />
                  </>
                )}
              </button>
            </li>
          );
        })}
      </ol>
      <figcaption>
        <span>{first && formatDay(first.start, offsetMinutes, locale)}</span>
        <span className="kinescope-day-legend">
          <span className="kinescope-day-recorded" aria-hidden /> {t("success.legendRecorded")}{" "}
          <span className="kinescope-day-failed" aria-hidden /> {t("success.legendFailed")}{" "}
          <span>{t("success.scale", { count: most })}</span>
        </span>
        <span>{last && formatDay(last.start, offsetMinutes, locale)}</span>
      </figcaption>
    </figure>
  );
}
