/** An error in the place of what could not be shown: what failed, why, what to do. */
import { Alert, Button } from "@patternfly/react-core";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/problem";

/** Why something failed and what to do, in one or two sentences. */
export function explain(error: unknown, t: TFunction): string {
  if (!(error instanceof ApiError)) {
    return error instanceof Error ? error.message : String(error);
  }
  switch (error.code) {
    case "unreachable":
    case "not-allowed":
    case "too-many-attempts":
    case "busy":
      return t(`error.${error.code}`);
    case "internal":
      return t("error.internal", { status: error.status });
    default:
      return [error.message, error.help].filter((sentence) => sentence !== "").join(" ");
  }
}

interface ErrorStateProps {
  /** What was tried, as the start of a sentence: "Listing the machines". */
  what: string;
  error: unknown;
  onRetry?: () => void;
}

export function ErrorState({ what, error, onRetry }: ErrorStateProps) {
  const { t } = useTranslation();
  return (
    <Alert
      isInline
      variant="danger"
      title={t("error.title", { what })}
      actionLinks={
        onRetry && (
          <Button variant="link" isInline onClick={onRetry}>
            {t("action.retry")}
          </Button>
        )
      }
    >
      {explain(error, t)}
    </Alert>
  );
}
