/** The columns of the list: what stands in them, and by what they are sorted. */
import { Label } from "@patternfly/react-core";
import { ListIcon } from "@patternfly/react-icons";
import type { ThProps } from "@patternfly/react-table";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import type { Recording } from "../../api/recordings";
import type { Sort, SortColumn } from "../../app/search";
import { Moment } from "../../format/Moment";
import { formatSize } from "../../format/size";
import { formatLength } from "../../format/time";
import { StateLabel } from "./StateLabel";

export interface Column {
  name: "state" | "user" | "machine" | "display" | "start" | "duration" | "size" | "why";
  sort?: SortColumn;
  cell: (recording: Recording, t: TFunction, locale: string) => ReactNode;
}

export const COLUMNS: readonly Column[] = [
  {
    name: "state",
    sort: "state",
    cell: ({ state, notices, events_only }, t) => (
      <>
        <StateLabel state={state} notices={notices} />
        {events_only && (
          <Label
            isCompact
            variant="outline"
            className="kinescope-badge"
            icon={<ListIcon />}
            title={t("recordings.eventsOnlyHelp")}
          >
            {t("recordings.eventsOnly")}
          </Label>
        )}
      </>
    ),
  },
  // The user's cell is the link that plays, made by the row.
  { name: "user", sort: "user", cell: ({ user }) => user },
  { name: "machine", sort: "machine", cell: ({ machine }) => <span title={machine}>{machine}</span> },
  { name: "display", cell: ({ display }, t) => display ?? t("recordings.unknown") },
  { name: "start", sort: "start", cell: ({ start_us }) => <Moment us={start_us} precision="minute" /> },
  { name: "duration", sort: "duration", cell: ({ duration_us }) => formatLength(duration_us) },
  {
    name: "size",
    sort: "size",
    cell: ({ size_bytes }, _t, locale) => formatSize(size_bytes, locale),
  },
  {
    name: "why",
    cell: ({ start_reason: { policy, rule, text } }) => (
      <span title={[policy, rule, text].filter(Boolean).join(" · ")}>{rule ?? text}</span>
    ),
  },
];

/** What PatternFly's table head needs to show and change the order. */
export function sortProps(
  column: Column,
  index: number,
  sort: Sort | undefined,
  change: (sort: Sort) => void,
) {
  if (!column.sort) {
    return {};
  }
  const shown = sort ?? "-start";
  const descending = shown.startsWith("-");
  const active = COLUMNS.findIndex((one) => one.sort === shown.replace("-", ""));
  return {
    sort: {
      sortBy: { index: active, direction: descending ? "desc" : "asc", defaultDirection: "asc" },
      columnIndex: index,
      onSort: (_event, _index, direction) =>
        change(direction === "desc" ? `-${column.sort as SortColumn}` : (column.sort as SortColumn)),
    },
  } satisfies Pick<ThProps, "sort">;
}
