/** A recording without a picture: what happened, as a list, and why there is nothing to look at. */
import { Alert } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type IndexedEvent, type Recording, recordingIndexQuery } from "../../api/recordings";
import { formatLength } from "../../format/time";

/** The events of a recording that has nothing else; undefined for those with a picture, or while that is not known. */
export function useEventsOnly(recording: Recording): IndexedEvent[] | undefined {
  const index = useQuery({
    ...recordingIndexQuery(recording.id, recording.state),
    enabled: recording.events_only,
  });
  // Sealed events are opened by the player, with a key.
  if (!recording.events_only || !index.data || index.data.sealed) {
    return undefined;
  }
  return index.data.events ?? [];
}

interface EventsOnlyProps {
  events: IndexedEvent[];
  title: string;
}

export function EventsOnly({ events, title }: EventsOnlyProps) {
  const { t } = useTranslation();
  return (
    <section className="kinescope-stage kinescope-events-only" aria-label={title}>
      <Alert isInline variant="info" title={t("player.eventsOnly")} component="h2">
        {t("player.eventsOnlyHelp")}
      </Alert>
      <Table aria-label={t("player.events")} variant="compact">
        <Thead>
          <Tr>
            <Th>{t("player.eventTime")}</Th>
            <Th>{t("player.event")}</Th>
          </Tr>
        </Thead>
        <Tbody>
          {events.map((event) => (
            <Tr key={`${event.time_us} ${event.kind}`}>
              <Td>{formatLength(event.time_us)}</Td>
              <Td>{t(`eventKind.${event.kind}`, event.text || event.kind)}</Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </section>
  );
}
