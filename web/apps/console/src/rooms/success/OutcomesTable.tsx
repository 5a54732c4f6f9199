/** Sessions and what became of each, with the reason, and ways to its machine and its recording. */
import { Label } from "@patternfly/react-core";
import {
  BanIcon,
  CheckCircleIcon,
  ExclamationCircleIcon,
  ExclamationTriangleIcon,
  HourglassHalfIcon,
  MinusCircleIcon,
  UserSlashIcon,
} from "@patternfly/react-icons";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { Link } from "@tanstack/react-router";
import type { ComponentProps, ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../api/client";
import type { Outcome, SessionOutcome } from "../../api/success";
import { mayEnter } from "../../app/access";
import { useLocale } from "../../app/locale";
import { Moment } from "../../format/Moment";
import { zoneName } from "../../format/time";

const SIGNS: Record<Outcome, [ComponentProps<typeof Label>["color"], ComponentType]> = {
  recorded: ["green", CheckCircleIcon],
  interrupted: ["orange", ExclamationTriangleIcon],
  failed: ["red", ExclamationCircleIcon],
  missing: ["red", ExclamationCircleIcon],
  beginning: ["blue", HourglassHalfIcon],
  declined: ["purple", UserSlashIcon],
  "switched-off": ["grey", BanIcon],
  undecided: ["orange", ExclamationTriangleIcon],
  "not-wanted": ["grey", MinusCircleIcon],
};

export function OutcomesTable({ items }: { items: readonly SessionOutcome[] }) {
  const { t } = useTranslation();
  const zone = zoneName(useLocale());
  const { roles } = useMe();
  const plays = mayEnter(roles, "recordings");
  return (
    <Table role="table" aria-label={t("success.table")} variant="compact">
      <Thead>
        <Tr>
          <Th modifier="wrap">{t("success.column.began", { zone })}</Th>
          <Th modifier="wrap">{t("success.column.user")}</Th>
          <Th modifier="wrap">{t("success.column.machine")}</Th>
          <Th modifier="wrap">{t("success.column.outcome")}</Th>
          <Th modifier="wrap" width={40}>
            {t("success.column.reason")}
          </Th>
          {plays && <Th modifier="wrap">{t("success.column.recording")}</Th>}
        </Tr>
      </Thead>
      <Tbody>
        {items.map((item) => (
          <Tr key={item.id}>
            <Td dataLabel={t("success.column.began", { zone })} modifier="nowrap">
              <Moment us={item.began_us} precision="minute" />
              {!item.over && <div className="kinescope-aside">{t("success.runs")}</div>}
            </Td>
            <Td dataLabel={t("success.column.user")}>
              <strong>{item.user}</strong>
              <div className="kinescope-aside">{item.display}</div>
            </Td>
            <Td dataLabel={t("success.column.machine")}>
              {mayEnter(roles, "machines") ? (
                <Link to="/machines" hash={item.machine_id}>
                  {item.machine}
                </Link>
              ) : (
                item.machine
              )}
            </Td>
            <Td dataLabel={t("success.column.outcome")}>
              <OutcomeLabel outcome={item.outcome} />
            </Td>
            <Td dataLabel={t("success.column.reason")} modifier="breakWord">
              {item.outcome === "missing" ? t("success.missingReason") : item.reason}
              {item.policy && (
                <div className="kinescope-aside">{[item.policy, item.rule].filter(Boolean).join(" · ")}</div>
              )}
            </Td>
            {plays && (
              <Td dataLabel={t("success.column.recording")}>
                {item.recording && item.outcome !== "missing" && (
                  <Link
                    to="/recordings/$id"
                    params={{ id: item.recording }}
                    aria-label={t("success.playLabel", { user: item.user, machine: item.machine })}
                  >
                    {t("success.play")}
                  </Link>
                )}
              </Td>
            )}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

function OutcomeLabel({ outcome }: { outcome: Outcome }) {
  const { t } = useTranslation();
  const [color, Sign] = SIGNS[outcome];
  return (
    <Label isCompact color={color} icon={<Sign />} title={t(`success.outcomeHelp.${outcome}`)}>
      {t(`success.outcome.${outcome}`)}
    </Label>
  );
}
