/** The rows of diagnostics and of what people did. */
import { Label } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "../../api/client";
import type { AdminLogEntry, Diagnostic } from "../../api/logs";
import { machinesQuery } from "../../api/machines";
import { mayEnter } from "../../app/access";
import { useLocale } from "../../app/locale";
import { Moment } from "../../format/Moment";
import { zoneName } from "../../format/time";
import { ShowChange } from "./ShowChange";

export const SEVERITY_STATUS = { info: "info", warning: "warning", error: "danger" } as const;

export function DiagnosticsTable({ items }: { items: readonly Diagnostic[] }) {
  const { t } = useTranslation();
  const zone = zoneName(useLocale());
  const plays = mayEnter(useMe().roles, "recordings");
  const nameOf = useMachineName();
  return (
    <Table role="table" aria-label={t("audit.diagnostics")} variant="compact">
      <Thead>
        <Tr>
          <Th modifier="wrap">{t("audit.column.time", { zone })}</Th>
          <Th modifier="wrap">{t("audit.column.severity")}</Th>
          <Th modifier="wrap">{t("audit.column.number")}</Th>
          <Th modifier="wrap">{t("audit.column.machine")}</Th>
          <Th modifier="wrap" width={50}>
            {t("audit.column.text")}
          </Th>
          {plays && <Th modifier="wrap">{t("audit.column.recording")}</Th>}
        </Tr>
      </Thead>
      <Tbody>
        {items.map((item, index) => (
          // Entries have no id, and two can be equal.
          <Tr key={`${item.time_us} ${index}`}>
            <Td dataLabel={t("audit.column.time", { zone })} modifier="nowrap">
              <Moment us={item.time_us} />
            </Td>
            <Td dataLabel={t("audit.column.severity")}>
              <Label isCompact variant="outline" status={SEVERITY_STATUS[item.severity]}>
                {t(`severity.${item.severity}`)}
              </Label>
            </Td>
            <Td dataLabel={t("audit.column.number")}>
              <Link
                to="/audit/numbers"
                hash={String(item.number)}
                aria-label={t("audit.explainNumber", { number: item.number })}
              >
                {item.number}
              </Link>
            </Td>
            <Td dataLabel={t("audit.column.machine")}>{nameOf(item.machine)}</Td>
            <Td dataLabel={t("audit.column.text")} modifier="breakWord">
              {item.text}
            </Td>
            {plays && (
              <Td dataLabel={t("audit.column.recording")}>
                {item.recording && <RecordingLink id={item.recording} />}
              </Td>
            )}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

/** Logs name machines by their ids; whoever may see the machines reads their names. */
function useMachineName(): (id: string | null | undefined) => string {
  const { t } = useTranslation();
  const machines = useQuery({ ...machinesQuery, enabled: mayEnter(useMe().roles, "machines") }).data?.items;
  return (id) => (id ? (machines?.find((machine) => machine.id === id)?.name ?? id) : t("audit.server"));
}

export function RecordingLink({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <Link to="/recordings/$id" params={{ id }} aria-label={t("audit.openRecordingLabel", { id })}>
      {t("audit.openRecording")}
    </Link>
  );
}

/** An id, and nothing else: it stands on one line. */
const ID = /^[0-9a-f]{32}$/;

/** What something was done to; what was played can be played again. */
function Target({ entry: { action, target } }: { entry: AdminLogEntry }) {
  const { t } = useTranslation();
  const plays = mayEnter(useMe().roles, "recordings");
  if (!ID.test(target ?? "")) {
    return target;
  }
  const id = <code className="kinescope-id">{target}</code>;
  return action === "playback" && plays && target ? (
    <Link
      to="/recordings/$id"
      params={{ id: target }}
      aria-label={t("audit.openRecordingLabel", { id: target })}
    >
      {id}
    </Link>
  ) : (
    id
  );
}

export function AdministrationTable({ items }: { items: readonly AdminLogEntry[] }) {
  const { t } = useTranslation();
  const zone = zoneName(useLocale());
  return (
    <Table role="table" aria-label={t("audit.administration")} variant="compact">
      <Thead>
        <Tr>
          <Th modifier="wrap">{t("audit.column.time", { zone })}</Th>
          <Th modifier="wrap">{t("audit.column.user")}</Th>
          <Th modifier="wrap">{t("audit.column.address")}</Th>
          <Th modifier="wrap">{t("audit.column.action")}</Th>
          <Th modifier="wrap">{t("audit.column.target")}</Th>
          <Th modifier="wrap" width={40}>
            {t("audit.column.detail")}
          </Th>
        </Tr>
      </Thead>
      <Tbody>
        {items.map((item, index) => (
          <Tr key={`${item.time_us} ${index}`}>
            <Td dataLabel={t("audit.column.time", { zone })} modifier="nowrap">
              <Moment us={item.time_us} />
            </Td>
            <Td dataLabel={t("audit.column.user")}>{item.user}</Td>
            <Td dataLabel={t("audit.column.address")}>{item.address}</Td>
            <Td dataLabel={t("audit.column.action")}>{item.action}</Td>
            <Td dataLabel={t("audit.column.target")} modifier="breakWord">
              <Target entry={item} />
            </Td>
            <Td dataLabel={t("audit.column.detail")} modifier="breakWord">
              {item.detail} {item.has_change && <ShowChange entry={item} />}
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
