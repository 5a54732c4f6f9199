/** A list whose filters leave nothing, and the way out. */
import {
  Button,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
} from "@patternfly/react-core";
import { SearchIcon } from "@patternfly/react-icons";
import { useTranslation } from "react-i18next";

interface NothingMatchesProps {
  title: string;
  body: string;
  clear: () => void;
  /** Beside something else, where room is scarce. */
  small?: boolean;
}

export function NothingMatches({ title, body, clear, small }: NothingMatchesProps) {
  const { t } = useTranslation();
  return (
    <EmptyState headingLevel="h2" titleText={title} {...(small ? { variant: "sm" } : { icon: SearchIcon })}>
      <EmptyStateBody>{body}</EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions>
          <Button variant="link" onClick={clear}>
            {t("action.clearFilters")}
          </Button>
        </EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  );
}
