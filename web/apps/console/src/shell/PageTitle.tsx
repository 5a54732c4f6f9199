/** The title of a room: in the browser's tab, and as the page's first heading. */
import { Title } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";

interface PageTitleProps {
  text: string;
  /** For pages that show a heading of their own. */
  hidden?: boolean;
}

export function PageTitle({ text, hidden = false }: PageTitleProps) {
  const { t } = useTranslation();
  return (
    <>
      <title>{t("shell.pageTitle", { page: text })}</title>
      <Title headingLevel="h1" className={hidden ? "pf-v6-screen-reader" : ""}>
        {text}
      </Title>
    </>
  );
}
