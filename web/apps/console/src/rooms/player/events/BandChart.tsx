/** What somebody did over time, where there is no picture: a band for each program that was on top, idle times, and locked ones. */
import { type MouseEvent, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { IndexedEvent } from "../../../api/recordings";
import { useLocale } from "../../../app/locale";
import { formatLength } from "../../../format/time";
import { bandsOf, lengthOf, type Span } from "./bands";
import type { Place } from "./place";

/** The picture's units from left to right. */
const WIDTH = 10_000;

interface BandChartProps {
  events: readonly IndexedEvent[];
  durationUs: number;
  place: Place;
}

export function BandChart({ events, durationUs, place }: BandChartProps) {
  const { t } = useTranslation();
  const bands = useMemo(() => bandsOf(events, durationUs), [events, durationUs]);
  const rows = [
    ...bands.programs.map(({ program, spans, totalUs }) => ({
      name: program ?? t("bands.others"),
      kind: "program",
      spans,
      totalUs,
    })),
    ...(["idle", "locked"] as const)
      .map((kind) => ({ name: t(`bands.${kind}`), kind, spans: bands[kind], totalUs: lengthOf(bands[kind]) }))
      .filter(({ spans }) => spans.length > 0),
  ];
  if (rows.length === 0 || durationUs <= 0) {
    return null;
  }
  return (
    <figure className="kinescope-bands">
      <figcaption>{t("bands.title")}</figcaption>
      <ul>
        {rows.map((row) => (
          <Row key={`${row.kind} ${row.name}`} {...row} durationUs={durationUs} place={place} />
        ))}
      </ul>
    </figure>
  );
}

interface RowProps {
  name: string;
  kind: string;
  spans: readonly Span[];
  totalUs: number;
  durationUs: number;
  place: Place;
}

function Row({ name, kind, spans, totalUs, durationUs, place }: RowProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const share = new Intl.NumberFormat(locale, { style: "percent" }).format(totalUs / durationUs);
  const x = (us: number) => Math.round((us / durationUs) * WIDTH);
  // One path, however many spans there are; the shortest can still be seen.
  const path = spans.map(
    ([from, to]) => `M${x(from)} 0h${Math.max(8, x(to) - x(from))}v1h-${Math.max(8, x(to) - x(from))}z`,
  );
  const go = (event: MouseEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    place.go(Math.round(((event.clientX - box.left) / Math.max(1, box.width)) * durationUs));
  };
  return (
    <li>
      <bdi title={name}>{name}</bdi>
      <span>{t("bands.total", { length: formatLength(totalUs, durationUs), share })}</span>
      {/* By the keyboard the list below leads to every moment. */}
      <svg
        aria-hidden
        className={`kinescope-band-${kind}`}
        viewBox={`0 0 ${WIDTH} 1`}
        preserveAspectRatio="none"
        onClick={go}
      >
        <path d={path.join("")} />
      </svg>
    </li>
  );
}
