/** Pages shown in the place of everything else: an address that leads nowhere, and a fault. */
import {
  Button,
  CodeBlock,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
} from "@patternfly/react-core";
import { ExclamationCircleIcon, SearchIcon } from "@patternfly/react-icons";
import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/problem";
import { explain } from "./ErrorState";

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <EmptyState headingLevel="h1" icon={SearchIcon} titleText={t("error.notFoundTitle")} variant="full">
      <title>{t("shell.pageTitle", { page: t("error.notFoundTitle") })}</title>
      <EmptyStateBody>{t("error.notFoundBody")}</EmptyStateBody>
      <EmptyStateFooter>
        <Button component={(props) => <Link {...props} to="/" />}>{t("error.notFoundHome")}</Button>
      </EmptyStateFooter>
    </EmptyState>
  );
}

export function CrashPage({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  const fromServer = error instanceof ApiError;
  return (
    <EmptyState
      headingLevel="h1"
      icon={ExclamationCircleIcon}
      status="danger"
      titleText={t("error.crashTitle")}
      variant="full"
    >
      <title>{t("shell.pageTitle", { page: t("error.crashTitle") })}</title>
      <EmptyStateBody>
        {fromServer ? explain(error, t) : t("error.crashBody")}
        {!fromServer && (
          <CodeBlock>{error instanceof Error ? (error.stack ?? error.message) : String(error)}</CodeBlock>
        )}
      </EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions>
          <Button onClick={() => (fromServer ? reset() : window.location.reload())}>
            {fromServer ? t("action.retry") : t("error.reload")}
          </Button>
        </EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  );
}
