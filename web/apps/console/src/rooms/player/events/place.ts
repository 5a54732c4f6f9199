/** Where the viewer is in a recording: told by the player, or, where there is nothing to play, by the address. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState, useSyncExternalStore } from "react";
import { useKey } from "../../../shell/useKey";
import { lastUntil } from "./events";

export type Player = HTMLElementTagNameMap["kinescope-player"];

export interface Place {
  /** Tells whenever something of what follows has changed. */
  watch: (tell: () => void) => () => void;
  /** Microseconds since the recording's start; below zero where nobody has been yet. */
  us: () => number;
  go: (us: number) => void;
  /** Whether moments are shown as times of the day. */
  absolute: () => boolean;
  setAbsolute: (absolute: boolean) => void;
}

const NOTHING_TO_STOP = () => {};

export function usePlayerPlace(player: Player | null): Place {
  return useMemo(
    () => ({
      watch: (tell) => {
        player?.addEventListener("timeupdate", tell);
        return () => player?.removeEventListener("timeupdate", tell);
      },
      us: () => Math.round((player?.currentTime ?? -1) * 1e6),
      go: (us) => {
        if (player) {
          player.currentTime = us / 1e6;
        }
      },
      absolute: () => player?.absoluteTime ?? false,
      setAbsolute: (absolute) => {
        if (player) {
          player.absoluteTime = absolute;
        }
      },
    }),
    [player],
  );
}

/** The place in a recording without a player: the address holds it, and T changes how times are shown. */
export function useAddressPlace(): Place {
  const { t } = useSearch({ from: "/session/recordings/$id" });
  const navigate = useNavigate({ from: "/recordings/$id" });
  const [absolute, setAbsolute] = useState(false);
  useKey("t", () => setAbsolute(!absolute));
  return useMemo(
    () => ({
      watch: () => NOTHING_TO_STOP,
      us: () => (t === undefined ? -1 : Math.round(t * 1e6)),
      go: (us) => void navigate({ search: (before) => ({ ...before, t: us / 1e6 }), replace: true }),
      absolute: () => absolute,
      setAbsolute,
    }),
    [t, navigate, absolute],
  );
}

/** Index of the event at the place or just before it; -1 before the first. Renders again only when it is another one. */
export function useIndexAt(place: Place, events: readonly { time_us: number }[]): number {
  return useSyncExternalStore(place.watch, () => lastUntil(events, place.us()));
}

export function useAbsoluteTime(place: Place): boolean {
  return useSyncExternalStore(place.watch, place.absolute);
}
