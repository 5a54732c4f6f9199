/** How busy the machine was, where there is no picture: charts out of the recording itself, read as the player reads it. */
import "@kinescope/player";
import { useEffect, useRef } from "react";
import type { Recording } from "../../api/recordings";
import { type Place, useAbsoluteTime } from "./events/place";

export type Charts = HTMLElementTagNameMap["kinescope-performance"];

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "kinescope-performance": React.HTMLAttributes<HTMLElement> & {
        class?: string;
        ref: React.Ref<Charts>;
        "src-base": string;
      };
    }
  }
}

interface PerformanceChartsProps {
  recording: Recording;
  place: Place;
  /** Learns of the element, which reads the recording for others, too. */
  onCharts: (charts: Charts | null) => void;
}

export function PerformanceCharts({ recording, place, onCharts }: PerformanceChartsProps) {
  const charts = useRef<Charts>(null);
  const absolute = useAbsoluteTime(place);
  useEffect(() => {
    if (charts.current) {
      charts.current.currentTime = place.us() / 1e6;
      charts.current.absoluteTime = absolute;
    }
  }, [place, absolute]);
  useEffect(() => {
    const element = charts.current;
    const seek = (event: Event) => {
      const { seconds } = (event as CustomEvent<{ seconds: number }>).detail;
      place.go(Math.round(seconds * 1e6));
    };
    element?.addEventListener("seek", seek);
    return () => element?.removeEventListener("seek", seek);
  }, [place]);
  useEffect(() => {
    onCharts(charts.current);
    return () => onCharts(null);
  }, [onCharts]);
  // Hidden until there is something to show.
  return (
    <kinescope-performance
      ref={charts}
      class="kinescope-performance"
      src-base={`/api/v1/recordings/${recording.id}`}
    />
  );
}
