/** The list itself: only rows that can be seen are in the page, and only their pages are asked for. */
import { Skeleton } from "@patternfly/react-core";
import { PlayIcon } from "@patternfly/react-icons";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { Link, useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { Fragment, useEffect, useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Recording } from "../../api/recordings";
import { useLocale } from "../../app/locale";
import type { RecordingsSearch, Sort } from "../../app/search";
import { formatMoment, zoneName } from "../../format/time";
import { type RowFocus, useRowFocus } from "../../shell/useRowFocus";
import { COLUMNS, sortProps } from "./columns";
import { HitsRow, heightOfHits } from "./Hits";
import type { Rows, Window } from "./rows";

/** Height of a row; `console.css` gives rows this height. */
const ROW_PX = 45;
const OVERSCAN_ROWS = 12;

interface RecordingsTableProps {
  rows: Rows;
  search: RecordingsSearch;
  changeSort: (sort: Sort) => void;
  onWindow: (window: Window) => void;
}

export function RecordingsTable({ rows, search, changeSort, onWindow }: RecordingsTableProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const scroller = useRef<HTMLDivElement>(null);
  const total = rows.total ?? 0;
  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => ROW_PX + heightOfHits(rows.at(index)?.hits),
    overscan: OVERSCAN_ROWS,
  });
  // How high a row is, is known when it has come.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version is new heights
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, rows.version]);
  const shown = virtualizer.getVirtualItems();
  const first = shown[0]?.index ?? 0;
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => onWindow({ first, last }), [first, last, onWindow]);
  const focus = useRowFocus(total, (index) => virtualizer.scrollToIndex(index));

  const before = shown[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (shown.at(-1)?.end ?? 0);
  return (
    <div ref={scroller} className="kinescope-scroller" data-stale={rows.stale || undefined}>
      <Table
        role="table"
        aria-label={t("recordings.table")}
        aria-rowcount={total + 1}
        variant="compact"
        gridBreakPoint=""
        isStickyHeader
        className="kinescope-recordings"
      >
        <Thead>
          <Tr aria-rowindex={1}>
            {COLUMNS.map((column, index) => (
              <Th
                key={column.name}
                modifier="nowrap"
                className={`kinescope-column-${column.name}`}
                {...sortProps(column, index, search.sort, changeSort)}
              >
                {t(`recordings.column.${column.name}`, { zone: zoneName(locale) })}
              </Th>
            ))}
          </Tr>
        </Thead>
        <Tbody onKeyDown={focus.onKeyDown}>
          <Spacer height={before} />
          {shown.map(({ index }) => {
            const recording = rows.at(index);
            return recording ? (
              <Fragment key={recording.id}>
                <Row recording={recording} index={index} focus={focus} />
                {recording.hits && (
                  <HitsRow
                    recording={recording}
                    hits={recording.hits}
                    search={search}
                    columns={COLUMNS.length}
                    reached={focus.current === index}
                  />
                )}
              </Fragment>
            ) : (
              <LoadingRow key={`loading ${index}`} index={index} />
            );
          })}
          <Spacer height={after} />
        </Tbody>
      </Table>
    </div>
  );
}

function Spacer({ height }: { height: number }) {
  return height > 0 ? (
    <tr aria-hidden style={{ height }}>
      <td colSpan={COLUMNS.length} />
    </tr>
  ) : null;
}

function LoadingRow({ index }: { index: number }) {
  const { t } = useTranslation();
  return (
    <Tr aria-rowindex={index + 2}>
      <Td colSpan={COLUMNS.length}>
        <Skeleton screenreaderText={t("recordings.loadingRow")} />
      </Td>
    </Tr>
  );
}

interface RowProps {
  recording: Recording;
  index: number;
  focus: RowFocus;
}

function Row({ recording, index, focus }: RowProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const navigate = useNavigate();
  const link = useRef<HTMLAnchorElement>(null);
  const current = focus.current === index;
  useEffect(() => {
    if (current && focus.wanted) {
      link.current?.focus();
      focus.taken(index);
    }
  });
  const label = t("recordings.play", {
    user: recording.user,
    machine: recording.machine,
    start: formatMoment(recording.start_us, locale),
  });
  return (
    <Tr
      aria-rowindex={index + 2}
      isClickable
      onRowClick={(event) => {
        // A click on the link is the link's own matter: it knows of new tabs and windows.
        const onLink = event?.target instanceof Element && event.target.closest("a") !== null;
        if (!(onLink && event.type === "click")) {
          void navigate({ to: "/recordings/$id", params: { id: recording.id } });
        }
      }}
      // The link in the row is what the keyboard reaches; the row is only a larger target for the mouse.
      tabIndex={-1}
    >
      {COLUMNS.map((column) => (
        // Of each row Tab reaches the link alone, and then what was found: not every text that is cut, which a title shows.
        <Td key={column.name} className={`kinescope-column-${column.name}`} tooltip={null} tabIndex={-1}>
          {column.name === "user" ? (
            <Link
              ref={link}
              to="/recordings/$id"
              params={{ id: recording.id }}
              tabIndex={current ? 0 : -1}
              aria-label={label}
              onFocus={() => focus.taken(index)}
            >
              <PlayIcon className="kinescope-play" /> {recording.user}
            </Link>
          ) : (
            column.cell(recording, t, locale)
          )}
        </Td>
      ))}
    </Tr>
  );
}
