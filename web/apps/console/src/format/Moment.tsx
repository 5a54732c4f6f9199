/** A moment in the viewer's zone, relative on hover. */
import { useLocale } from "../app/locale";
import { formatMoment, formatMomentWithZone, formatRelative, type Precision, toDate } from "./time";

interface MomentProps {
  us: number;
  /** Names the zone beside the time; without it the zone must stand near, as in a column's head. */
  zone?: boolean;
  /** To the minute where many stand in a list. */
  precision?: Precision;
}

export function Moment({ us, zone = false, precision = "second" }: MomentProps) {
  const locale = useLocale();
  return (
    <time dateTime={toDate(us).toISOString()} title={formatRelative(us, locale)}>
      {zone ? formatMomentWithZone(us, locale) : formatMoment(us, locale, precision)}
    </time>
  );
}
