/** What the numbers of the logs mean, and what to do about each. */
import { Card, CardBody, CardTitle, Content, Label, PageSection, SearchInput } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type DiagnosticNumber, numbersQuery } from "../../api/logs";
import { ErrorState } from "../../feedback/ErrorState";
import { Loading } from "../../feedback/Loading";
import { PageTitle } from "../../shell/PageTitle";
import { SEVERITY_STATUS } from "./tables";

export function NumbersPage() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(numbersQuery);
  const [text, setText] = useState("");
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = data?.items.filter((item) => {
    const all = `${item.number} ${item.meaning} ${item.explanation} ${item.what_to_do}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
  return (
    <PageSection isFilled aria-label={t("numbers.title")}>
      <PageTitle text={t("numbers.title")} />
      <Content component="p">
        {t("numbers.intro")} <Link to="/audit">{t("numbers.back")}</Link>
      </Content>
      {error && !data && (
        <ErrorState what={t("numbers.failed")} error={error} onRetry={() => void refetch()} />
      )}
      {!data && !error && <Loading label={t("numbers.loading")} />}
      {shown && (
        <>
          <SearchInput
            className="kinescope-numbers-search"
            aria-label={t("numbers.search")}
            placeholder={t("numbers.search")}
            value={text}
            onChange={(_event, value) => setText(value)}
            onClear={() => setText("")}
          />
          <p role="status" className="pf-v6-screen-reader">
            {t("numbers.count", { count: shown.length })}
          </p>
          {shown.length === 0 && <Content component="p">{t("numbers.none", { text })}</Content>}
          {shown.map((item) => (
            <Explained key={item.number} item={item} />
          ))}
        </>
      )}
    </PageSection>
  );
}

function Explained({ item }: { item: DiagnosticNumber }) {
  const { t } = useTranslation();
  const isMeant = useLocation({ select: ({ hash }) => hash === String(item.number) });
  const [card, setCard] = useState<HTMLDivElement | null>(null);
  useEffect(() => {
    if (isMeant && card) {
      card.scrollIntoView({ block: "center" });
      card.focus({ preventScroll: true });
    }
  }, [isMeant, card]);
  return (
    <Card
      isCompact
      className={isMeant ? "kinescope-number kinescope-number-meant" : "kinescope-number"}
      id={`number-${item.number}`}
      tabIndex={-1}
      ref={setCard}
    >
      <CardTitle component="h2">
        {item.number} {item.meaning}{" "}
        <Label isCompact variant="outline" status={SEVERITY_STATUS[item.severity]}>
          {t(`severity.${item.severity}`)}
        </Label>
      </CardTitle>
      <CardBody>
        <Content component="p">
          <WithCommands text={item.explanation} />
        </Content>
        <Content component="p">
          <strong>{t("numbers.whatToDo")}</strong> <WithCommands text={item.what_to_do} />
        </Content>
      </CardBody>
    </Card>
  );
}

/** Commands stand between backticks, as in the document that the texts are in, too. */
function WithCommands({ text }: { text: string }) {
  return text.split("`").map((part, index) => {
    return index % 2 === 1 ? <code key={index}>{part}</code> : part;
  });
}
