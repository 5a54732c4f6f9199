/** A recording without a picture: what happened, as a list, and why there is nothing to look at. */
import { Alert } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type IndexedEvent, isGoingOn, type Recording, recordingIndexQuery } from "../../api/recordings";
import { useKey } from "../../shell/useKey";
import { BandChart } from "./events/BandChart";
import { EventsView } from "./events/EventsView";
import { timeBeside } from "./events/events";
import { useAddressPlace } from "./events/place";
import { useEvents } from "./events/useEvents";
import { type Charts, PerformanceCharts } from "./PerformanceCharts";

/** Whether a recording has nothing but events that anybody can read; false while that is not known. */
export function useEventsOnly(recording: Recording): boolean {
  const index = useQuery({
    ...recordingIndexQuery(recording.id, () => isGoingOn(recording.state)),
    enabled: recording.events_only,
  });
  // For what is sealed the player takes a key.
  return recording.events_only && index.data !== undefined && !index.data.sealed;
}

export function EventsOnly({ recording }: { recording: Recording }) {
  const { t } = useTranslation();
  const known = useEvents(recording, null);
  const place = useAddressPlace();
  const [charts, setCharts] = useState<Charts | null>(null);
  const listed = useRef<readonly IndexedEvent[]>([]);
  const onListed = useCallback((events: readonly IndexedEvent[]) => {
    listed.current = events;
  }, []);
  const goBeside = (forward: boolean) => {
    const us = timeBeside(listed.current, place.us(), forward);
    if (us !== undefined) {
      place.go(us);
    }
  };
  useKey("n", () => goBeside(true));
  useKey("p", () => goBeside(false));
  return (
    <section className="kinescope-stage kinescope-events-only" aria-label={t("events.title")}>
      <Alert isInline variant="info" title={t("player.eventsOnly")} component="h2">
        {t("player.eventsOnlyHelp")}
      </Alert>
      {known.events && <BandChart events={known.events} durationUs={recording.duration_us} place={place} />}
      <PerformanceCharts recording={recording} place={place} onCharts={setCharts} />
      <EventsView recording={recording} known={known} place={place} source={charts} onListed={onListed} />
    </section>
  );
}
