/** The logs: what agents and the server reported, what people changed, and why recordings were made. */
import {
  Content,
  EmptyState,
  EmptyStateBody,
  PageSection,
  Pagination,
  Tab,
  Tabs,
  TabTitleText,
} from "@patternfly/react-core";
import { ClipboardCheckIcon } from "@patternfly/react-icons";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { adminLogQuery, diagnosticsQuery, LOG_PAGE_ROWS } from "../../api/logs";
import { ErrorState } from "../../feedback/ErrorState";
import { Loading } from "../../feedback/Loading";
import { PageTitle } from "../../shell/PageTitle";
import { ReasonsTable } from "./ReasonsTable";
import { AdministrationTable, DiagnosticsTable } from "./tables";

type LogName = "diagnostics" | "administration" | "recordings";

export function AuditPage() {
  const { t } = useTranslation();
  const { log = "diagnostics" } = useSearch({ from: "/session/audit" });
  const navigate = useNavigate({ from: "/audit" });
  return (
    <PageSection isFilled aria-label={t("audit.title")}>
      <PageTitle text={t("audit.title")} />
      <Tabs
        activeKey={log}
        aria-label={t("audit.title")}
        onSelect={(_event, key) =>
          void navigate({
            search: { log: key === "administration" || key === "recordings" ? key : undefined },
          })
        }
      >
        <Tab eventKey="diagnostics" title={<TabTitleText>{t("audit.diagnostics")}</TabTitleText>}>
          {log === "diagnostics" && <Diagnostics />}
        </Tab>
        <Tab eventKey="administration" title={<TabTitleText>{t("audit.administration")}</TabTitleText>}>
          {log === "administration" && <Administration />}
        </Tab>
        <Tab eventKey="recordings" title={<TabTitleText>{t("audit.recordings")}</TabTitleText>}>
          {log === "recordings" && <RecordingReasons />}
        </Tab>
      </Tabs>
    </PageSection>
  );
}

function usePage(): number {
  return useSearch({ from: "/session/audit" }).page ?? 1;
}

function Diagnostics() {
  const answer = useQuery(diagnosticsQuery(usePage()));
  return (
    <Log name="diagnostics" answer={answer}>
      <DiagnosticsTable items={answer.data?.items ?? []} />
    </Log>
  );
}

function Administration() {
  const answer = useQuery(adminLogQuery("people", usePage()));
  return (
    <Log name="administration" answer={answer}>
      <AdministrationTable items={answer.data?.items ?? []} />
    </Log>
  );
}

function RecordingReasons() {
  const answer = useQuery(adminLogQuery("recordings", usePage()));
  return (
    <Log name="recordings" answer={answer}>
      <ReasonsTable items={answer.data?.items ?? []} />
    </Log>
  );
}

interface LogProps {
  name: LogName;
  answer: Pick<UseQueryResult<{ total: number }>, "data" | "error" | "refetch">;
  children: ReactNode;
}

/** What all logs have around their tables. */
function Log({ name, answer: { data, error, refetch }, children }: LogProps) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: "/audit" });
  const page = usePage();
  if (error && !data) {
    return <ErrorState what={t("audit.failed")} error={error} onRetry={() => void refetch()} />;
  }
  if (!data) {
    return <Loading label={t("audit.loading")} />;
  }
  if (data.total === 0) {
    return (
      <EmptyState headingLevel="h2" icon={ClipboardCheckIcon} titleText={t(`audit.${name}EmptyTitle`)}>
        <EmptyStateBody>{t(`audit.${name}EmptyBody`)}</EmptyStateBody>
      </EmptyState>
    );
  }
  return (
    <>
      <Content component="p" className="kinescope-log-intro">
        {t(`audit.${name}Intro`)}
      </Content>
      {children}
      {data.total > LOG_PAGE_ROWS && (
        <Pagination
          variant="bottom"
          itemCount={data.total}
          perPage={LOG_PAGE_ROWS}
          perPageOptions={[]}
          page={page}
          onSetPage={(_event, next) =>
            void navigate({ search: (before) => ({ ...before, page: next > 1 ? next : undefined }) })
          }
        />
      )}
    </>
  );
}
