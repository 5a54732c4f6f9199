/** Responses one by one, with the way to the moment. */
import { Label } from "@patternfly/react-core";
import { CheckCircleIcon, ExclamationTriangleIcon, PaperPlaneIcon } from "@patternfly/react-icons";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { Link } from "@tanstack/react-router";
import type { ComponentProps, ComponentType } from "react";
import { useTranslation } from "react-i18next";
import type { Response, ResponseOutcome } from "../../api/responses";
import { useLocale } from "../../app/locale";
import { Moment } from "../../format/Moment";
import { formatMoment, zoneName } from "../../format/time";
import { wordOfKind } from "../player/events/words";
import { actionName } from "./words";

const SIGNS: Record<ResponseOutcome, [ComponentProps<typeof Label>["color"], ComponentType]> = {
  done: ["green", CheckCircleIcon],
  asked: ["blue", PaperPlaneIcon],
  refused: ["orange", ExclamationTriangleIcon],
};

export function ResponsesTable({ items }: { items: readonly Response[] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const zone = zoneName(locale);
  return (
    <Table
      role="table"
      aria-label={t("responses.table")}
      variant="compact"
      className="kinescope-responses-table"
    >
      <Thead>
        <Tr>
          <Th modifier="wrap">{t("responses.column.time", { zone })}</Th>
          <Th modifier="wrap" className="kinescope-who">
            {t("responses.column.user")}
          </Th>
          <Th modifier="wrap">{t("responses.column.machine")}</Th>
          <Th modifier="wrap" className="kinescope-what-for">
            {t("responses.column.trigger")}
          </Th>
          <Th modifier="wrap" className="kinescope-rule-and-policy">
            {t("responses.column.rule")}
          </Th>
          <Th modifier="wrap">{t("responses.column.action")}</Th>
          <Th modifier="wrap">{t("responses.column.outcome")}</Th>
          <Th modifier="wrap">{t("responses.column.moment")}</Th>
        </Tr>
      </Thead>
      <Tbody>
        {items.map((item) => (
          <Tr key={`${item.recording} ${item.time_us} ${item.text}`}>
            <Td dataLabel={t("responses.column.time", { zone })} modifier="nowrap">
              <Moment us={item.at_us} />
            </Td>
            <Td dataLabel={t("responses.column.user")} modifier="breakWord">
              <bdi>{item.user}</bdi>
            </Td>
            <Td dataLabel={t("responses.column.machine")}>
              <bdi>{item.machine}</bdi>
            </Td>
            <Td dataLabel={t("responses.column.trigger")} modifier="breakWord">
              <bdi>{item.trigger ?? "–"}</bdi>
              {item.of && (
                <div className="kinescope-aside">
                  {wordOfKind(item.of, t)}
                  {item.detail && (
                    <>
                      : <bdi>{item.detail}</bdi>
                    </>
                  )}
                </div>
              )}
            </Td>
            <Td dataLabel={t("responses.column.rule")} modifier="breakWord">
              <bdi>{item.rule ?? "–"}</bdi>
              {item.policy && (
                <div className="kinescope-aside">
                  <bdi>{item.policy}</bdi>
                </div>
              )}
            </Td>
            <Td dataLabel={t("responses.column.action")}>{actionName(item.action, t)}</Td>
            <Td dataLabel={t("responses.column.outcome")} modifier="breakWord">
              {item.outcome && <OutcomeLabel outcome={item.outcome} />}
              {item.outcome !== "done" && item.outcome !== "asked" && (
                <div className="kinescope-aside">
                  <bdi>{withoutTrigger(item)}</bdi>
                </div>
              )}
            </Td>
            <Td dataLabel={t("responses.column.moment")}>
              <Link
                to="/recordings/$id"
                params={{ id: item.recording }}
                search={{ t: item.time_us / 1e6, panel: "events", kinds: "response" }}
                aria-label={t("responses.openLabel", {
                  user: item.user,
                  machine: item.machine,
                  moment: formatMoment(item.at_us, locale),
                })}
              >
                {t("responses.open")}
              </Link>
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

/** What a text says besides the trigger, which stands in a column of its own. */
function withoutTrigger({ text, trigger }: Response): string {
  const begins = `“${trigger}”: `;
  return trigger && text.startsWith(begins) ? text.slice(begins.length) : text;
}

function OutcomeLabel({ outcome }: { outcome: ResponseOutcome }) {
  const { t } = useTranslation();
  const [color, Sign] = SIGNS[outcome];
  return (
    <Label isCompact color={color} icon={<Sign />} title={t(`responses.outcomeHelp.${outcome}`)}>
      {t(`responses.outcome.${outcome}`)}
    </Label>
  );
}
