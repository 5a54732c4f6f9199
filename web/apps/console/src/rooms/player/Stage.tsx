/** The player itself: a web component that knows nothing of this console. Here it meets the address. */
import "@kinescope/player";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { type Recording, sessionRecordingsQuery } from "../../api/recordings";
import { sealingQuery } from "../../api/sealing";
import { useKey } from "../../shell/useKey";
import type { Player } from "./events/place";
import { wordOfKind } from "./events/words";

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "kinescope-player": React.HTMLAttributes<HTMLElement> & {
        // A custom element takes attributes as they are called in HTML.
        class?: string;
        ref: React.Ref<Player>;
        "src-base": string;
        start?: number | undefined;
      };
    }
  }
}

/** How often the address learns the position. Browsers refuse many changes in a short time. */
const ADDRESS_MS = 1_000;

interface StageProps {
  recording: Recording;
  title: string;
  /** The recording that goes on with the session. */
  next: string | undefined;
  /** Learns of the player, for what is beside it. */
  onPlayer: (player: Player | null) => void;
}

export function Stage({ recording, title, next, onPlayer }: StageProps) {
  const player = useRef<Player>(null);
  const { t } = useSearch({ from: "/session/recordings/$id" });
  // The element takes where to begin when it opens; later the address follows the element.
  const start = useRef(t);
  // The player knows these keys itself, unless something beside it has the focus.
  useKey("n", () => player.current?.nextEvent());
  useKey("p", () => player.current?.previousEvent());
  usePositionInAddress(player);
  useRecipientNames(player);
  useKindNames(player);
  useNextFile(player, recording, next);
  // The keys of a player work at once, without a click.
  useEffect(() => player.current?.focus(), []);
  useEffect(() => {
    onPlayer(player.current);
    return () => onPlayer(null);
  }, [onPlayer]);

  return (
    <kinescope-player
      ref={player}
      class="kinescope-stage"
      tabIndex={-1}
      aria-label={title}
      src-base={`/api/v1/recordings/${recording.id}`}
      start={start.current}
    />
  );
}

/** How often it is looked whether a file has come to its end. */
const END_MS = 200;

/** A session that goes over several files is played as one: at the end of one the next begins, and plays. */
function useNextFile(
  player: React.RefObject<Player | null>,
  recording: Recording,
  next: string | undefined,
): void {
  const { play } = useSearch({ from: "/session/recordings/$id" });
  const navigate = useNavigate({ from: "/recordings/$id" });
  const queries = useQueryClient();
  const started = useRef(play !== "on");
  const playing = useRef(false);

  useEffect(() => {
    const timer = setInterval(() => {
      const element = player.current;
      if (!element) {
        return;
      }
      if (!started.current && element.state === "paused") {
        started.current = true;
        element.play();
      }
      // Only who has seen the end come goes on; who jumps there may want to look at it.
      const came = playing.current && element.state === "ended";
      playing.current = element.state === "playing" || (playing.current && element.state === "buffering");
      if (came && next) {
        void navigate({
          to: "/recordings/$id",
          params: { id: next },
          search: ({ panel, find, kinds }) => ({ panel, find, kinds, play: "on" }),
        });
      } else if (came) {
        // A live recording ends when the session goes on in another one.
        void queries.invalidateQueries({ queryKey: sessionRecordingsQuery(recording.id).queryKey });
        playing.current = true;
      }
    }, END_MS);
    return () => clearInterval(timer);
  }, [player, navigate, queries, next, recording.id]);
}

/** The seek bar says kinds of events as the list beside it does. */
function useKindNames(player: React.RefObject<Player | null>): void {
  const { t } = useTranslation();
  useEffect(() => {
    if (player.current) {
      player.current.kindName = (kind) => wordOfKind(kind, t);
    }
  }, [player, t]);
}

/** Sealed recordings name keys; people go by names. */
function useRecipientNames(player: React.RefObject<Player | null>): void {
  const { t } = useTranslation();
  const sealing = useQuery(sealingQuery);
  useEffect(() => {
    if (player.current && sealing.data) {
      const former = sealing.data.former.map((one) => [one.fingerprint, t("player.formerRecipient", one)]);
      const present = sealing.data.recipients.map(({ fingerprint, name }) => [fingerprint, name]);
      player.current.recipientNames = Object.fromEntries([...former, ...present]);
    }
  }, [player, sealing.data, t]);
}

/** Keeps `?t=` at the position, and seeks when somebody else changes it: a link, or "back". */
function usePositionInAddress(player: React.RefObject<Player | null>): void {
  const { t } = useSearch({ from: "/session/recordings/$id" });
  const navigate = useNavigate({ from: "/recordings/$id" });
  const written = useRef(t);

  useEffect(() => {
    const timer = setInterval(() => {
      const element = player.current;
      if (!element || element.state === "loading" || element.state === "failed") {
        return;
      }
      // Whoever follows now has no position: the link shall lead to now as well.
      const position = element.following ? undefined : Math.round(element.currentTime * 10) / 10;
      if (position !== written.current) {
        written.current = position;
        void navigate({ search: (before) => ({ ...before, t: position }), replace: true });
      }
    }, ADDRESS_MS);
    return () => clearInterval(timer);
  }, [player, navigate]);

  useEffect(() => {
    if (t !== written.current) {
      written.current = t;
      if (player.current && t !== undefined) {
        player.current.currentTime = t;
      }
    }
  }, [t, player]);
}
