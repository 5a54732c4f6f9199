/** Finding a recording: what goes on now, and what was. */
import { PageSection } from "@patternfly/react-core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocale } from "../../app/locale";
import type { RecordingsSearch } from "../../app/search";
import { ErrorState } from "../../feedback/ErrorState";
import { Loading } from "../../feedback/Loading";
import { NothingMatches } from "../../feedback/NothingMatches";
import { PageTitle } from "../../shell/PageTitle";
import { Filters, isFiltered, NO_FILTER } from "./Filters";
import { NothingRecorded } from "./NothingRecorded";
import { RecordingsTable } from "./RecordingsTable";
import { useRows, type Window } from "./rows";

export function RecordingsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/session/recordings" });
  const navigate = useNavigate({ from: "/recordings" });
  const [window, setWindow] = useState<Window>({ first: 0, last: 0 });
  const rows = useRows(search, window);
  const count = useCount(rows.total, rows.going);

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
      {rows.error ? (
        <ErrorState what={t("recordings.failed")} error={rows.error} onRetry={rows.retry} />
      ) : rows.total === undefined ? (
        <Loading label={t("recordings.loading")} />
      ) : rows.total > 0 ? (
        <RecordingsTable
          rows={rows}
          sort={search.sort}
          changeSort={(sort) => change({ sort })}
          onWindow={setWindow}
        />
      ) : isFiltered(search) ? (
        <NothingMatches
          title={t("recordings.noMatchTitle")}
          body={t("recordings.noMatchBody")}
          clear={() => change(NO_FILTER)}
        />
      ) : (
        <NothingRecorded />
      )}
    </PageSection>
  );
}

/** How many there are, and how many of them are live, in words. */
function useCount(total: number | undefined, going: number | undefined): string {
  const { t } = useTranslation();
  const numbers = new Intl.NumberFormat(useLocale());
  if (!total) {
    return "";
  }
  const all = t("recordings.count", { count: total, formatted: numbers.format(total) });
  return going ? `${all}, ${t("recordings.countLive", { formatted: numbers.format(going) })}` : all;
}
