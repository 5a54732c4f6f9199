/** Beside the player: what happened in the recording, with the way there. */
import { useCallback, useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { IndexedEvent, Recording } from "../../../api/recordings";
import { useKey } from "../../../shell/useKey";
import { EventsView } from "./EventsView";
import type { passing } from "./events";
import { type Player, usePlayerPlace } from "./place";
import { useEvents } from "./useEvents";

interface EventsPanelProps {
  recording: Recording;
  player: Player | null;
}

export function EventsPanel({ recording, player }: EventsPanelProps) {
  const { t } = useTranslation();
  const known = useEvents(recording, player);
  const place = usePlayerPlace(player);
  useKey("t", () => place.setAbsolute(!place.absolute()));
  // The keys for the next event and the one before go to what is listed here.
  const onListed = useCallback(
    (_events: readonly IndexedEvent[], passes: ReturnType<typeof passing>) => {
      if (player) {
        player.eventFilter = passes;
      }
    },
    [player],
  );
  useEffect(() => {
    return () => {
      if (player) {
        player.eventFilter = null;
      }
    };
  }, [player]);
  return (
    <aside className="kinescope-details kinescope-events-panel" aria-label={t("events.title")}>
      <EventsView recording={recording} known={known} place={place} source={player} onListed={onListed} />
    </aside>
  );
}
