/** The events themselves, of which only those that can be seen are in the page. The one at the place is marked and kept in view. */
import { Button } from "@patternfly/react-core";
import { DownloadIcon } from "@patternfly/react-icons";
import { defaultRangeExtractor, useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type PointerEvent, type Ref, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { IndexedEvent } from "../../../api/recordings";
import { type RowFocus, useRowFocus } from "../../../shell/useRowFocus";
import { keysOf } from "./events";
import { documentName, type Saving } from "./useSaving";
import { wordOfKind } from "./words";

/** Height of an event without a text. */
const ROW_PX = 34;
/** Of one with a text: about so much for the kind, and for each line of so many characters. Where it is shown it is measured. */
const KIND_PX = 31;
const LINE_PX = 18;
const LINE_CHARS = 34;
const OVERSCAN_ROWS = 8;

interface EventListProps {
  events: readonly IndexedEvent[];
  /** Index of the event that belongs to the place; -1 where none does. */
  current: number;
  /** How a time is shown, and all that is known of it. */
  moment: (us: number) => { short: string; long: string };
  go: (event: IndexedEvent) => void;
  saving: Saving;
}

export function EventList({ events, current, moment, go, saving }: EventListProps) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  // Until the list is scrolled by hand it shows where the viewer is.
  const [follows, setFollows] = useState(true);
  const focusedRow = useRef(0);
  const keys = useMemo(() => keysOf(events), [events]);
  const virtualizer = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => keys[index] ?? index,
    // What comes later, also where it belongs further up, does not move what is looked at.
    anchorTo: "end",
    estimateSize: (index) => likelyHeight(events[index]?.text ?? ""),
    measureElement: heightOf,
    overscan: OVERSCAN_ROWS,
    // The row that Tab reaches stays in the page, and with it the focus.
    rangeExtractor: (range) => {
      const rows = new Set(defaultRangeExtractor(range));
      return [...rows.add(Math.min(focusedRow.current, range.count - 1))].sort((one, other) => one - other);
    },
  });
  const focus = useRowFocus(
    events.length,
    (index) => virtualizer.scrollToIndex(index),
    Math.max(0, current),
    keys,
  );
  focusedRow.current = focus.current;

  // Whatever was drawn anew may have moved it out of view: rows that were guessed and are measured now, a list that has less room.
  useEffect(() => {
    if (follows && current >= 0 && !isInView(scroller.current, virtualizer, current)) {
      virtualizer.scrollToIndex(current, { align: "center" });
    }
  });

  const leave = () => setFollows(false);
  const onKeyDown = (event: KeyboardEvent) => {
    focus.onKeyDown(event);
    if (event.defaultPrevented) {
      leave();
    }
  };
  return (
    <div className="kinescope-events">
      <div
        ref={scroller}
        className="kinescope-events-scroller"
        onWheel={leave}
        onTouchMove={leave}
        onPointerDown={(event: PointerEvent) => {
          // On the scroll bar: it belongs to no row.
          if (event.target === scroller.current) {
            leave();
          }
        }}
      >
        <ol
          aria-label={t("events.title")}
          onKeyDown={onKeyDown}
          style={{ height: virtualizer.getTotalSize() }}
        >
          {virtualizer.getVirtualItems().map(({ index, key, start }) => {
            const event = events[index];
            return event ? (
              <Row
                key={String(key)}
                row={virtualizer.measureElement}
                event={event}
                index={index}
                count={events.length}
                top={start}
                isCurrent={index === current}
                focus={focus}
                moment={moment(event.time_us)}
                saving={saving}
                go={() => {
                  setFollows(true);
                  go(event);
                }}
              />
            ) : null;
          })}
        </ol>
      </div>
      {!follows && current >= 0 && (
        <Button
          variant="secondary"
          size="sm"
          className="kinescope-events-back"
          onClick={() => setFollows(true)}
        >
          {t("events.follow")}
        </Button>
      )}
    </div>
  );
}

/** Guessed well, places that were never shown are found at once. */
function likelyHeight(text: string): number {
  return text === "" ? ROW_PX : KIND_PX + LINE_PX * Math.ceil(text.length / LINE_CHARS);
}

/** A row that is not laid out, as in tests without a browser, has no height of its own. */
function heightOf(row: HTMLElement): number {
  return row.offsetHeight || ROW_PX;
}

function isInView(
  scroller: HTMLElement | null,
  virtualizer: Virtualizer<HTMLDivElement, HTMLElement>,
  index: number,
): boolean {
  const row = virtualizer.measurementsCache[index];
  if (!scroller || !row) {
    return false;
  }
  const { scrollTop, clientHeight } = scroller;
  // Where a pixel of the page is not one of the screen, places are not whole.
  return row.start >= scrollTop - 1 && row.end <= scrollTop + clientHeight + 1;
}

interface RowProps {
  row: Ref<HTMLLIElement>;
  event: IndexedEvent;
  index: number;
  count: number;
  top: number;
  isCurrent: boolean;
  focus: RowFocus;
  moment: { short: string; long: string };
  saving: Saving;
  go: () => void;
}

function Row({ row, event, index, count, top, isCurrent, focus, moment, saving, go }: RowProps) {
  const { t } = useTranslation();
  const button = useRef<HTMLButtonElement>(null);
  const tabStop = focus.current === index;
  useEffect(() => {
    if (tabStop && focus.wanted) {
      button.current?.focus({ preventScroll: true });
      focus.taken(index);
    }
  });
  // Recorded words may be of any script and direction.
  return (
    <li
      ref={row}
      data-index={index}
      aria-setsize={count}
      aria-posinset={index + 1}
      style={{ transform: `translateY(${top}px)` }}
    >
      <button
        ref={button}
        type="button"
        className="kinescope-event"
        aria-current={isCurrent ? "true" : undefined}
        tabIndex={tabStop ? 0 : -1}
        onFocus={() => focus.taken(index)}
        onClick={go}
      >
        <span className="kinescope-event-time" title={moment.long}>
          {moment.short}
        </span>{" "}
        <span className="kinescope-event-what">
          <bdi className="kinescope-event-kind">{wordOfKind(event.kind, t)}</bdi>
          {event.text && <bdi className="kinescope-event-text"> {event.text}</bdi>}
        </span>
      </button>
      {saving.offers(event) && (
        // Tab leads to it from its row, and to no other row's.
        <Button
          variant="plain"
          size="sm"
          className="kinescope-event-save"
          icon={<DownloadIcon />}
          aria-label={t("events.save", { name: documentName(event) })}
          title={t("events.saveTitle")}
          tabIndex={tabStop ? 0 : -1}
          isLoading={saving.isBusy(event)}
          onFocus={() => focus.taken(index)}
          onClick={() => saving.save(event)}
        />
      )}
    </li>
  );
}
