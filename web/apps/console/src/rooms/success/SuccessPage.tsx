/** How many sessions that were to be recorded were, day by day, and which were not. */
import {
  Card,
  CardBody,
  CardTitle,
  Content,
  EmptyState,
  EmptyStateBody,
  PageSection,
  Pagination,
  Stack,
  StackItem,
  ToggleGroup,
  ToggleGroupItem,
} from "@patternfly/react-core";
import { CheckCircleIcon, ClipboardCheckIcon } from "@patternfly/react-icons";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import {
  OUTCOME_PAGE_ROWS,
  type Outcome,
  outcomesQuery,
  type Period,
  type Success,
  successQuery,
} from "../../api/success";
import { useLocale } from "../../app/locale";
import { DEFAULT_DAYS, type SuccessSearch } from "../../app/search";
import { ErrorState } from "../../feedback/ErrorState";
import { Loading } from "../../feedback/Loading";
import { Moment } from "../../format/Moment";
import { PageTitle } from "../../shell/PageTitle";
import { PeriodChoice } from "../../shell/PeriodChoice";
import { DayChart } from "./DayChart";
import { OutcomesTable } from "./OutcomesTable";
import { dayBefore, daysOf, formatDay, formatRate, rateOf, recorded, settled } from "./rate";

/** What the list shows, by what stands in the address; without it those that failed. */
const LISTS: readonly [SuccessSearch["list"], string, readonly Outcome[]][] = [
  [undefined, "trouble", ["failed", "missing", "interrupted"]],
  ["declined", "declined", ["declined"]],
  ["undecided", "undecided", ["undecided", "switched-off"]],
  [
    "all",
    "all",
    ["recorded", "interrupted", "failed", "missing", "beginning", "declined", "switched-off", "undecided"],
  ],
];

export function SuccessPage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const { days = DEFAULT_DAYS, day, list, page = 1 } = useSearch({ from: "/session/success" });
  const navigate = useNavigate({ from: "/success" });
  const change = (changed: SuccessSearch) =>
    void navigate({ search: (before) => ({ ...before, page: undefined, ...changed }), replace: true });
  // One moment for as long as the page stands: else each look would ask for another period.
  const [nowUs] = useState(() => Date.now() * 1000);
  const offsetMinutes = -new Date().getTimezoneOffset();
  const from = dayBefore(nowUs, days - 1, offsetMinutes);
  const success = useQuery(successQuery({ from }, offsetMinutes));
  const all = success.data && daysOf(success.data.days, from, nowUs, offsetMinutes);
  const chosen = all?.find(({ start }) => start === day);
  const period: Period = chosen ? { from: chosen.start, to: chosen.end } : { from };

  return (
    <PageSection isFilled aria-label={t("success.title")}>
      <Stack hasGutter>
        <StackItem>
          <PageTitle text={t("success.title")} />
          <Content component="p">{t("success.intro")}</Content>
        </StackItem>
        <StackItem>
          <PeriodChoice days={days} change={(days) => change({ days, day: undefined })} />
        </StackItem>
        {success.isPending && <Loading label={t("success.loading")} />}
        {success.isError && !success.data && (
          <ErrorState
            what={t("success.failed")}
            error={success.error}
            onRetry={() => void success.refetch()}
          />
        )}
        {success.data && all && (
          <StackItem>
            <Card isCompact>
              <CardTitle component="h2">
                <Rate success={success.data} />
              </CardTitle>
              <CardBody>
                <Others success={success.data} />
                <DayChart
                  days={all}
                  offsetMinutes={offsetMinutes}
                  chosen={chosen?.start}
                  choose={(start) => change({ day: start })}
                />
                <KnownSince us={success.data.known_since_us} from={from} />
              </CardBody>
            </Card>
          </StackItem>
        )}
        <StackItem>
          <Sessions
            period={period}
            list={list}
            page={page}
            day={chosen && formatDay(chosen.start, offsetMinutes, locale)}
            change={change}
          />
        </StackItem>
      </Stack>
    </PageSection>
  );
}

function Rate({ success }: { success: Success }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const rate = rateOf(success.sessions);
  if (rate === undefined) {
    return <>{t("success.nothingSettled")}</>;
  }
  return (
    <>
      <span className="kinescope-rate">{formatRate(rate, locale)}</span>{" "}
      {t("success.rate", { recorded: recorded(success.sessions), count: settled(success.sessions) })}
    </>
  );
}

/** What is no part of the rate, in words. */
function Others({ success: { sessions } }: { success: Success }) {
  const { t } = useTranslation();
  const parts = (
    [
      ["interrupted", sessions.interrupted],
      ["missing", sessions.missing],
      ["declined", sessions.declined],
      ["switchedOff", sessions.switched_off],
      ["undecided", sessions.undecided],
      ["notWanted", sessions.not_wanted],
      ["beginning", sessions.beginning],
    ] as const
  ).filter(([, count]) => count > 0);
  return parts.length > 0 ? (
    <Content component="p">
      {parts.map(([name, count]) => t(`success.also.${name}`, { count })).join(" ")}
    </Content>
  ) : null;
}

/** Says it where the period reaches back further than is known. */
function KnownSince({ us, from }: { us: number | null | undefined; from: number }) {
  const { t } = useTranslation();
  if (us === null || us === undefined || us <= from + 86_400_000_000) {
    return null;
  }
  return (
    <p className="kinescope-aside">
      {t("success.knownSince")} <Moment us={us} precision="minute" zone />
    </p>
  );
}

interface SessionsProps {
  period: Period;
  list: SuccessSearch["list"];
  page: number;
  day: string | undefined;
  change: (change: SuccessSearch) => void;
}

function Sessions({ period, list, page, day, change }: SessionsProps) {
  const { t } = useTranslation();
  const [, name, outcomes] = LISTS.find(([one]) => one === list) ?? LISTS[0] ?? [undefined, "trouble", []];
  const sessions = useQuery(outcomesQuery(period, outcomes, page));
  const { data } = sessions;
  return (
    <Stack hasGutter>
      <StackItem>
        <Content component="h2">{day ? t("success.sessionsOf", { day }) : t("success.sessions")}</Content>
        <ToggleGroup aria-label={t("success.lists")}>
          {LISTS.map(([one, text]) => (
            <ToggleGroupItem
              key={text}
              text={t(`success.list.${text}` as "success.list.all")}
              isSelected={one === list}
              onChange={() => change({ list: one })}
            />
          ))}
        </ToggleGroup>
      </StackItem>
      <StackItem>
        {sessions.isPending && <Loading label={t("success.loading")} />}
        {sessions.isError && !data && (
          <ErrorState
            what={t("success.failed")}
            error={sessions.error}
            onRetry={() => void sessions.refetch()}
          />
        )}
        {data?.total === 0 && (
          <EmptyState
            headingLevel="h3"
            icon={name === "trouble" ? CheckCircleIcon : ClipboardCheckIcon}
            titleText={t(name === "trouble" ? "success.emptyTrouble" : "success.empty")}
          >
            <EmptyStateBody>
              {t(name === "trouble" ? "success.emptyTroubleBody" : "success.emptyBody")}
            </EmptyStateBody>
          </EmptyState>
        )}
        {data && data.total > 0 && (
          <>
            <OutcomesTable items={data.items} />
            {data.total > OUTCOME_PAGE_ROWS && (
              <Pagination
                variant="bottom"
                itemCount={data.total}
                perPage={OUTCOME_PAGE_ROWS}
                perPageOptions={[]}
                page={page}
                onSetPage={(_event, next) => change({ page: next > 1 ? next : undefined })}
              />
            )}
          </>
        )}
      </StackItem>
    </Stack>
  );
}
