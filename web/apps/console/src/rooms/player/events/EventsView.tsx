/** Filters, list, and what is to be said where there is no list: the same beside the player and where there is none. */
import { Alert, AlertActionCloseButton, Button, EmptyState, EmptyStateBody } from "@patternfly/react-core";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { IndexedEvent, Recording } from "../../../api/recordings";
import { useLocale } from "../../../app/locale";
import { ErrorState } from "../../../feedback/ErrorState";
import { Loading } from "../../../feedback/Loading";
import { NothingMatches } from "../../../feedback/NothingMatches";
import { formatLength, formatMomentWithZone, formatTimeOfDay, toDate, zoneName } from "../../../format/time";
import { EventFilters } from "./EventFilters";
import { EventList } from "./EventList";
import { besides, countKinds, isFiltered, passing } from "./events";
import { type Place, useAbsoluteTime, useIndexAt } from "./place";
import { useEventFilter } from "./useEventFilter";
import type { KnownEvents } from "./useEvents";
import { type DocumentSource, type Saving, useSaving } from "./useSaving";
import { wordOfKind } from "./words";

interface EventsViewProps {
  recording: Recording;
  known: KnownEvents;
  place: Place;
  /** Who reads what was printed out of the recording. */
  source: DocumentSource | null;
  /** Learns which events are listed, by order and by rule. */
  onListed: (events: readonly IndexedEvent[], passes: ReturnType<typeof passing>) => void;
}

const NONE: readonly IndexedEvent[] = [];

export function EventsView({ recording, known, place, source, onListed }: EventsViewProps) {
  const { t } = useTranslation();
  const [filter, change] = useEventFilter();
  const saving = useSaving(source);
  const passes = useMemo(() => passing(filter, (kind) => wordOfKind(kind, t)), [filter, t]);
  const all = known.events ?? NONE;
  const listed = useMemo(() => all.filter(passes), [all, passes]);
  const kinds = useMemo(() => countKinds(all), [all]);
  useEffect(() => onListed(listed, passes), [onListed, listed, passes]);

  if (!known.events) {
    return known.error ? (
      <ErrorState what={t("events.failed")} error={known.error} onRetry={known.retry} />
    ) : (
      <Loading label={t("events.loading")} />
    );
  }
  return (
    <>
      <EventFilters filter={filter} change={change} kinds={kinds} />
      <Remarks known={known} />
      <SavingFailed saving={saving} />
      {all.length > 0 && (
        <Summary
          recording={recording}
          place={place}
          shown={listed.length}
          all={all.length}
          filtered={isFiltered(filter)}
        />
      )}
      {listed.length > 0 ? (
        <Listed recording={recording} events={listed} place={place} saving={saving} />
      ) : all.length > 0 ? (
        <NothingMatches
          small
          title={t("events.noMatchTitle")}
          body={t("events.noMatchBody")}
          clear={() => change({ text: "", kinds: [] })}
        />
      ) : (
        <EmptyState headingLevel="h2" variant="sm" titleText={t("events.emptyTitle")}>
          <EmptyStateBody>{t("events.emptyBody")}</EmptyStateBody>
        </EmptyState>
      )}
    </>
  );
}

/** What of the recording's events is not here. */
function Remarks({ known: { sealed, leftOut, events } }: { known: KnownEvents }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <>
      {sealed && (
        <Alert isInline isPlain variant="info" title={t("events.sealedTitle")} component="h2">
          {t("events.sealedBody")}
        </Alert>
      )}
      {leftOut > 0 && (
        <Alert
          isInline
          isPlain
          variant="warning"
          title={t("events.leftOut", {
            count: leftOut,
            formatted: new Intl.NumberFormat(locale).format(leftOut),
          })}
          component="h2"
        >
          {t("events.leftOutBody", { after: formatLength(events?.at(-1)?.time_us ?? 0) })}
        </Alert>
      )}
    </>
  );
}

/** Why a copy of what was printed could not be saved. */
function SavingFailed({ saving: { failure, forgetFailure } }: { saving: Saving }) {
  const { t } = useTranslation();
  return failure ? (
    <Alert
      isInline
      isLiveRegion
      variant="danger"
      title={t("events.saveFailed", { name: failure.name })}
      component="h2"
      actionClose={<AlertActionCloseButton onClose={forgetFailure} />}
    >
      {t(`events.saveTrouble.${failure.trouble}`)}
    </Alert>
  ) : null;
}

interface SummaryProps {
  recording: Recording;
  place: Place;
  shown: number;
  all: number;
  filtered: boolean;
}

/** How many there are, and what their times mean. */
function Summary({ recording, place, shown, all, filtered }: SummaryProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const absolute = useAbsoluteTime(place);
  const numbers = new Intl.NumberFormat(locale);
  const count = filtered
    ? t("events.someOf", { shown: numbers.format(shown), count: all, formatted: numbers.format(all) })
    : t("events.count", { count: all, formatted: numbers.format(all) });
  return (
    <div className="kinescope-events-summary">
      <span role={filtered ? "status" : undefined}>{count}</span>
      <Button
        variant="link"
        isInline
        title={`${t(absolute ? "events.showLength" : "events.showTime")} (t)`}
        onClick={() => place.setAbsolute(!absolute)}
      >
        {absolute
          ? t("events.timeOfDay", { zone: zoneName(locale, toDate(recording.start_us)) })
          : t("events.sinceStart")}
      </Button>
    </div>
  );
}

interface ListedProps {
  recording: Recording;
  events: readonly IndexedEvent[];
  place: Place;
  saving: Saving;
}

function Listed({ recording, events, place, saving }: ListedProps) {
  const locale = useLocale();
  const at = useIndexAt(place, events);
  // Of several at the same moment the one that was chosen.
  const [chosen, setChosen] = useState<IndexedEvent>();
  const current = chosen ? besides(events, at, chosen) : at;
  const absolute = useAbsoluteTime(place);
  const { start_us: start, duration_us: length } = recording;
  const moment = (us: number) => ({
    short: absolute ? formatTimeOfDay(start + us, locale) : formatLength(us, length),
    long: formatMomentWithZone(start + us, locale),
  });
  return (
    <EventList
      events={events}
      current={current}
      moment={moment}
      saving={saving}
      go={(event) => {
        setChosen(event);
        place.go(event.time_us);
      }}
    />
  );
}
