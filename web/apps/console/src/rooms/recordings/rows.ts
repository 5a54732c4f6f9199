/**
 * The rows of the list, which may be a million: the server gives them in pages, and only pages that can be seen are asked
 * for. Without a chosen order the list is two lists, one after the other: what goes on now, then what has ended. What is looked for by
 * events is one list, the newest first.
 */
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import {
  looksForEvents,
  PAGE_ROWS,
  type Recording,
  type RecordingFilter,
  recordingsPageQuery,
  spellKinds,
} from "../../api/recordings";
import type { RecordingsSearch } from "../../app/search";
import { startOfDayUs } from "../../format/time";
import { readKinds } from "../player/events/kinds";

/** The server's queries, in the order in which their answers are shown. */
export function sectionsOf(search: RecordingsSearch): RecordingFilter[] {
  const filter: RecordingFilter = {
    ...(search.text && { text: search.text }),
    ...(search.kind && { events_only: true }),
    ...(search.find && { event_text: search.find }),
    ...(search.kinds && { event_kinds: spellKinds(readKinds(search.kinds)) }),
    ...bound("from", search.from && startOfDayUs(search.from)),
    // To the end of that day: the server's bound is the first moment that is too late.
    ...bound("to", search.to && startOfDayUs(search.to, 1)),
  };
  if (search.state) {
    return [{ ...filter, state: search.state, sort: search.sort ?? "-start" }];
  }
  if (search.sort || looksForEvents(filter)) {
    return [{ ...filter, state: "all", sort: search.sort ?? "-start" }];
  }
  return [
    { ...filter, state: "live", sort: "-start" },
    { ...filter, state: "finished", sort: "-start" },
  ];
}

function bound(name: "from" | "to", us: number | "" | undefined) {
  return typeof us === "number" ? { [name]: us } : {};
}

/** Where a row of the whole list is: in which section, and which one there. */
interface Place {
  section: number;
  row: number;
}

export function placeOf(index: number, totals: readonly number[]): Place | undefined {
  let row = index;
  for (const [section, total] of totals.entries()) {
    if (row < total) {
      return { section, row };
    }
    row -= total;
  }
  return undefined;
}

export interface PagePlace {
  section: number;
  page: number;
}

/** The pages that hold the rows from `first` to `last`, without every section's first page, which is always asked for. */
export function laterPages(totals: readonly number[], first: number, last: number): PagePlace[] {
  const pages: PagePlace[] = [];
  for (let index = first; index <= last; index += 1) {
    const place = placeOf(index, totals);
    const page = place && Math.floor(place.row / PAGE_ROWS);
    if (place && page && !pages.some((known) => known.section === place.section && known.page === page)) {
      pages.push({ section: place.section, page });
    }
  }
  return pages;
}

/** Rows of the list that can be seen now. */
export interface Window {
  first: number;
  last: number;
}

export interface Rows {
  /** How many rows there are in all; nothing until the first answer. */
  total: number | undefined;
  /** There are more than those: they are the newest. */
  hasMore: boolean;
  /** Only recordings from this moment on were searched. */
  sinceUs: number | undefined;
  /** Another number whenever rows have come. */
  version: number;
  /** How many of them go on now, where the list is shown in two sections. */
  going: number | undefined;
  /** A row, or nothing while its page is on its way. */
  at: (index: number) => Recording | undefined;
  /** True while rows of an earlier filter are shown until the new ones are here. */
  stale: boolean;
  error: unknown;
  retry: () => void;
}

export function useRows(search: RecordingsSearch, { first, last }: Window): Rows {
  const sections = useMemo(() => sectionsOf(search), [search]);
  const heads = useQueries({ queries: sections.map((filter) => recordingsPageQuery(filter, 0)) });
  const totals = heads.map((answer) => answer.data?.total ?? 0);
  const wanted = laterPages(totals, first, last);
  const later = useQueries({
    queries: wanted.map(({ section, page }) => recordingsPageQuery(sections[section] ?? {}, page)),
  });
  const answers = [...heads, ...later];

  const answerFor = ({ section, page }: PagePlace) =>
    page === 0
      ? heads[section]
      : later[wanted.findIndex((one) => one.section === section && one.page === page)];

  return {
    total: heads.every((answer) => answer.data !== undefined)
      ? totals.reduce((sum, one) => sum + one, 0)
      : undefined,
    hasMore: heads.some((answer) => answer.data?.has_more),
    sinceUs: heads.find((answer) => answer.data?.since_us)?.data?.since_us ?? undefined,
    version: answers.reduce((sum, answer) => sum + answer.dataUpdatedAt, 0),
    going: sections.length > 1 ? totals[0] : undefined,
    at: (index) => {
      const place = placeOf(index, totals);
      const page = place && Math.floor(place.row / PAGE_ROWS);
      return place && page !== undefined
        ? answerFor({ section: place.section, page })?.data?.items[place.row % PAGE_ROWS]
        : undefined;
    },
    stale: heads.some((answer) => answer.isPlaceholderData),
    error: answers.find((answer) => answer.isError && answer.data === undefined)?.error,
    retry: () => {
      for (const answer of answers) {
        void answer.refetch();
      }
    },
  };
}
