/** Under a recording: what happened in it that was looked for. Each leads to its moment. */
import type { Schemas } from "@kinescope/api-client";
import { Td, Tr } from "@patternfly/react-table";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { EventHit, Recording } from "../../api/recordings";
import { useLocale } from "../../app/locale";
import type { RecordingsSearch } from "../../app/search";
import { formatLength, formatMomentWithZone } from "../../format/time";
import { marked, wordsOf } from "../player/events/events";
import { wordOfKind } from "../player/events/words";

type EventHits = Schemas["EventHits"];

/** Height of a hit, and of what is around them; `console.css` gives them these heights. */
const HIT_PX = 28;
const AROUND_PX = 9;
/** The server counts so many. */
const MOST_COUNTED = 100;

export function heightOfHits(hits: EventHits | null | undefined): number {
  if (!hits) {
    return 0;
  }
  const lines = hits.first.length + (hits.count > hits.first.length ? 1 : 0);
  return lines * HIT_PX + AROUND_PX;
}

interface HitsRowProps {
  recording: Recording;
  hits: EventHits;
  search: RecordingsSearch;
  columns: number;
  /** The keyboard is at this recording. */
  reached: boolean;
}

export function HitsRow({ recording, hits, search, columns, reached }: HitsRowProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const more = hits.count - hits.first.length;
  const [first] = hits.first;
  const tabIndex = reached ? 0 : -1;
  return (
    <Tr className="kinescope-hits-row">
      <Td colSpan={columns}>
        <ul className="kinescope-hits" aria-label={t("recordings.hits")}>
          {hits.first.map((hit, at) => (
            <li key={at}>
              <Hit recording={recording} hit={hit} search={search} tabIndex={tabIndex} />
            </li>
          ))}
          {more > 0 && first && (
            <li>
              <LinkToHit {...{ recording, search, tabIndex }} hit={first} className="kinescope-more-hits">
                {hits.count >= MOST_COUNTED
                  ? t("recordings.manyHits", { formatted: new Intl.NumberFormat(locale).format(hits.count) })
                  : t("recordings.moreHits", { count: more })}
              </LinkToHit>
            </li>
          )}
        </ul>
      </Td>
    </Tr>
  );
}

interface HitProps {
  recording: Recording;
  hit: EventHit;
  search: RecordingsSearch;
  tabIndex: number;
}

function Hit({ recording, hit, search, tabIndex }: HitProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  // Recorded words may be of any script and direction, and as long as they like: the whole stands in the title.
  return (
    <LinkToHit
      {...{ recording, hit, search, tabIndex }}
      className="kinescope-hit"
      title={[formatMomentWithZone(recording.start_us + hit.time_us, locale), hit.text]
        .filter(Boolean)
        .join("\n")}
    >
      <span className="kinescope-hit-time">{formatLength(hit.time_us, recording.duration_us)}</span>{" "}
      <bdi className="kinescope-hit-kind">{wordOfKind(hit.kind, t)}</bdi>{" "}
      <bdi className="kinescope-hit-text">
        {marked(hit.text, wordsOf(search.find ?? "")).map(({ part, found }, at) =>
          found ? <mark key={at}>{part}</mark> : part,
        )}
      </bdi>
    </LinkToHit>
  );
}

type LinkToHitProps = HitProps & { className: string; title?: string; children: ReactNode };

/** Leads to the player at that moment, with what was looked for beside it. */
function LinkToHit({ recording, hit, search: { find, kinds }, ...link }: LinkToHitProps) {
  return (
    <Link
      to="/recordings/$id"
      params={{ id: recording.id }}
      search={{ t: hit.time_us / 1e6, panel: "events", find, kinds }}
      {...link}
    />
  );
}
