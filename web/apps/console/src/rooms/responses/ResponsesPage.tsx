/** What was done in response to events: by day, and one by one. */
import {
  Button,
  Content,
  FormSelect,
  FormSelectOption,
  PageSection,
  Pagination,
  Stack,
  StackItem,
  Toolbar,
  ToolbarContent,
  ToolbarItem,
} from "@patternfly/react-core";
import { BoltIcon } from "@patternfly/react-icons";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../api/client";
import { RESPONSE_PAGE_ROWS, type ResponseFilter, responsesQuery } from "../../api/responses";
import { mayEnter } from "../../app/access";
import { useLocale } from "../../app/locale";
import { DEFAULT_DAYS, RESPONSE_ACTIONS, RESPONSE_OUTCOMES, type ResponsesSearch } from "../../app/search";
import { EmptyPage } from "../../feedback/EmptyPage";
import { ErrorState } from "../../feedback/ErrorState";
import { Loading } from "../../feedback/Loading";
import { NothingMatches } from "../../feedback/NothingMatches";
import { PageTitle } from "../../shell/PageTitle";
import { PeriodChoice } from "../../shell/PeriodChoice";
import { SearchField } from "../../shell/SearchField";
import { dayBefore, daysOf, formatDay } from "../success/rate";
import { ExportButton } from "./ExportButton";
import { ResponseChart } from "./ResponseChart";
import { ResponsesTable } from "./ResponsesTable";
import { actionName } from "./words";

const NO_FILTER = { text: undefined, action: undefined, outcome: undefined, day: undefined } as const;

export function ResponsesPage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const search = useSearch({ from: "/session/responses" });
  const { days = DEFAULT_DAYS, day, text, action, outcome, page = 1 } = search;
  const navigate = useNavigate({ from: "/responses" });
  const change = (changed: ResponsesSearch) =>
    void navigate({ search: (before) => ({ ...before, page: undefined, ...changed }), replace: true });
  // One moment for as long as the page stands: else each look would ask for another period.
  const [nowUs] = useState(() => Date.now() * 1000);
  const offsetMinutes = -new Date().getTimezoneOffset();
  const from = dayBefore(nowUs, days - 1, offsetMinutes);
  const all = daysOf([], from, nowUs, offsetMinutes);
  const chosen = all.find(({ start }) => start === day);
  const filter = { text, action, outcome };
  const listed: ResponseFilter = chosen
    ? { from: chosen.start, to: chosen.end, ...filter }
    : { from, ...filter };
  const whole = useQuery(responsesQuery({ from, ...filter }, offsetMinutes, chosen ? 1 : page));
  const ofDay = useQuery({ ...responsesQuery(listed, offsetMinutes, page), enabled: chosen !== undefined });
  const { data, error, isPending, refetch } = chosen ? ofDay : whole;
  const isFiltered =
    text !== undefined || action !== undefined || outcome !== undefined || chosen !== undefined;

  return (
    <PageSection isFilled aria-label={t("responses.title")}>
      <Stack hasGutter>
        <StackItem>
          <PageTitle text={t("responses.title")} />
          <Content component="p">{t("responses.intro")}</Content>
        </StackItem>
        <StackItem>
          <Filters search={search} change={change} filter={listed} total={data?.total ?? 0} />
        </StackItem>
        {whole.data && whole.data.days.length > 0 && (
          <StackItem>
            <ResponseChart
              days={whole.data.days}
              starts={all.map(({ start }) => start)}
              offsetMinutes={offsetMinutes}
              chosen={chosen?.start}
              choose={(start) => change({ day: start })}
            />
          </StackItem>
        )}
        <StackItem>
          {isPending && <Loading label={t("responses.loading")} />}
          {error && !data && (
            <ErrorState what={t("responses.failed")} error={error} onRetry={() => void refetch()} />
          )}
          {data && data.total > 0 && (
            <>
              {chosen && (
                <Content component="h2">
                  {t("responses.ofDay", { day: formatDay(chosen.start, offsetMinutes, locale) })}
                </Content>
              )}
              <ResponsesTable items={data.items} />
              {data.total > RESPONSE_PAGE_ROWS && (
                <Pagination
                  variant="bottom"
                  itemCount={data.total}
                  perPage={RESPONSE_PAGE_ROWS}
                  perPageOptions={[]}
                  page={page}
                  onSetPage={(_event, next) => change({ page: next > 1 ? next : undefined })}
                />
              )}
            </>
          )}
          {data?.total === 0 &&
            (isFiltered ? (
              <NothingMatches
                title={t("responses.noMatchTitle")}
                body={t("responses.noMatchBody")}
                clear={() => change(NO_FILTER)}
              />
            ) : (
              <NothingDone />
            ))}
        </StackItem>
      </Stack>
    </PageSection>
  );
}

/** Why there is nothing, and where it is said what is to be done. */
function NothingDone() {
  const { t } = useTranslation();
  const readsPolicies = mayEnter(useMe().roles, "policies");
  return (
    <EmptyPage
      icon={BoltIcon}
      title={t("responses.emptyTitle")}
      variant="lg"
      body={t(readsPolicies ? "responses.emptyBody" : "responses.emptyAsk")}
    >
      {readsPolicies && (
        <Button component={(props) => <Link {...props} to="/policies/detection" />}>
          {t("responses.emptyChoose")} →
        </Button>
      )}
    </EmptyPage>
  );
}

interface FiltersProps {
  search: ResponsesSearch;
  change: (change: ResponsesSearch) => void;
  filter: ResponseFilter;
  total: number;
}

function Filters({ search, change, filter, total }: FiltersProps) {
  const { t } = useTranslation();
  const { days = DEFAULT_DAYS, text, action, outcome } = search;
  return (
    <Toolbar
      aria-label={t("responses.filters")}
      className="kinescope-filters"
      inset={{ default: "insetNone" }}
    >
      <ToolbarContent alignItems="center">
        <ToolbarItem className="kinescope-search">
          <SearchField
            text={text ?? ""}
            change={(words) => change({ text: words === "" ? undefined : words })}
            placeholder={t("responses.search")}
            label={t("responses.search")}
          />
        </ToolbarItem>
        <ToolbarItem>
          <FormSelect
            aria-label={t("responses.column.action")}
            value={action ?? ""}
            onChange={(_event, wanted) => change({ action: RESPONSE_ACTIONS.find((one) => one === wanted) })}
          >
            <FormSelectOption value="" label={t("responses.allActions")} />
            {RESPONSE_ACTIONS.map((one) => (
              <FormSelectOption key={one} value={one} label={actionName(one, t)} />
            ))}
          </FormSelect>
        </ToolbarItem>
        <ToolbarItem>
          <FormSelect
            aria-label={t("responses.column.outcome")}
            value={outcome ?? ""}
            onChange={(_event, wanted) =>
              change({ outcome: RESPONSE_OUTCOMES.find((one) => one === wanted) })
            }
          >
            <FormSelectOption value="" label={t("responses.allOutcomes")} />
            {RESPONSE_OUTCOMES.map((one) => (
              <FormSelectOption key={one} value={one} label={t(`responses.outcome.${one}`)} />
            ))}
          </FormSelect>
        </ToolbarItem>
        <ToolbarItem>
          <PeriodChoice days={days} change={(days) => change({ days, day: undefined })} />
        </ToolbarItem>
        {total > 0 && (
          <ToolbarItem>
            <ExportButton filter={filter} />
          </ToolbarItem>
        )}
      </ToolbarContent>
    </Toolbar>
  );
}
