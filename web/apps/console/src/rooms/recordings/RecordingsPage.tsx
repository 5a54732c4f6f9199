/** Finding a recording: what goes on now, and what was. */
import { Alert, PageSection } from "@patternfly/react-core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocale } from "../../app/locale";
import type { RecordingsSearch } from "../../app/search";
import { ErrorState } from "../../feedback/ErrorState";
import { Loading } from "../../feedback/Loading";
import { NothingMatches } from "../../feedback/NothingMatches";
import { formatMomentWithZone } from "../../format/time";
import { PageTitle } from "../../shell/PageTitle";
import { Filters, findsEvents, isFiltered, NO_FILTER } from "./Filters";
import { NothingRecorded } from "./NothingRecorded";
import { RecordingsTable } from "./RecordingsTable";
import { type Rows, useRows, type Window } from "./rows";

export function RecordingsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/session/recordings" });
  const navigate = useNavigate({ from: "/recordings" });
  const [window, setWindow] = useState<Window>({ first: 0, last: 0 });
  const rows = useRows(search, window);
  const count = useCount(rows);

  // What is typed replaces the address: "back" leaves the list instead of spelling the word backwards.
  const change = (changed: Partial<RecordingsSearch>) => {
    void navigate({ search: (before) => ({ ...before, ...changed }), replace: true });
  };

  return (
    <PageSection isFilled className="kinescope-list-page" aria-label={t("recordings.title")}>
      <div className="kinescope-list-head">
        <PageTitle text={t("recordings.title")} />
        <span role="status" className="kinescope-aside">
          {count}
        </span>
      </div>
      <Filters search={search} change={change} />
      {rows.sinceUs !== undefined && <Reach us={rows.sinceUs} />}
      {rows.error ? (
        <ErrorState what={t("recordings.failed")} error={rows.error} onRetry={rows.retry} />
      ) : rows.total === undefined ? (
        <Loading label={t("recordings.loading")} />
      ) : rows.total > 0 ? (
        <RecordingsTable
          rows={rows}
          search={search}
          changeSort={(sort) => change({ sort })}
          onWindow={setWindow}
        />
      ) : isFiltered(search) ? (
        <NothingMatches
          title={t("recordings.noMatchTitle")}
          body={t(findsEvents(search) ? "recordings.noEventMatchBody" : "recordings.noMatchBody")}
          clear={() => change(NO_FILTER)}
        />
      ) : (
        <NothingRecorded />
      )}
    </PageSection>
  );
}

/** How far back a search for events went that would have had to look at too much. */
function Reach({ us }: { us: number }) {
  const { t } = useTranslation();
  const moment = formatMomentWithZone(us, useLocale());
  return (
    <Alert
      isInline
      isPlain
      variant="warning"
      title={t("recordings.reach", { moment })}
      component="p"
      className="kinescope-reach"
    />
  );
}

/** How many there are, and how many of them are live, in words. */
function useCount({ total, going, hasMore }: Pick<Rows, "total" | "going" | "hasMore">): string {
  const { t } = useTranslation();
  const numbers = new Intl.NumberFormat(useLocale());
  if (!total) {
    return "";
  }
  const all = t(hasMore ? "recordings.countNewest" : "recordings.count", {
    count: total,
    formatted: numbers.format(total),
  });
  return going ? `${all}, ${t("recordings.countLive", { formatted: numbers.format(going) })}` : all;
}
