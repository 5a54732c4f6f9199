/** A list whose filters leave nothing, and the way out. */
import { Button } from "@patternfly/react-core";
import { SearchIcon } from "@patternfly/react-icons";
import { useTranslation } from "react-i18next";
import { EmptyPage } from "./EmptyPage";

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
    <EmptyPage title={title} body={body} {...(small ? { variant: "sm" } : { icon: SearchIcon })}>
      <Button variant="link" onClick={clear}>
        {t("action.clearFilters")}
      </Button>
    </EmptyPage>
  );
}
