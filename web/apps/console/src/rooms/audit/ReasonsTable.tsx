/** Why each recording was made. */
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useTranslation } from "react-i18next";
import { useMe } from "../../api/client";
import type { AdminLogEntry } from "../../api/logs";
import { mayEnter } from "../../app/access";
import { useLocale } from "../../app/locale";
import { Moment } from "../../format/Moment";
import { zoneName } from "../../format/time";
import { RecordingLink } from "./tables";

export function ReasonsTable({ items }: { items: readonly AdminLogEntry[] }) {
  const { t } = useTranslation();
  const zone = zoneName(useLocale());
  const plays = mayEnter(useMe().roles, "recordings");
  return (
    <Table role="table" aria-label={t("audit.recordings")} variant="compact">
      <Thead>
        <Tr>
          <Th modifier="wrap">{t("audit.column.time", { zone })}</Th>
          <Th modifier="wrap">{t("audit.column.user")}</Th>
          <Th modifier="wrap">{t("audit.column.machine")}</Th>
          <Th modifier="wrap" width={50}>
            {t("audit.column.reason")}
          </Th>
          {plays && <Th modifier="wrap">{t("audit.column.recording")}</Th>}
        </Tr>
      </Thead>
      <Tbody>
        {items.map((item) => (
          <Tr key={item.id}>
            <Td dataLabel={t("audit.column.time", { zone })} modifier="nowrap">
              <Moment us={item.time_us} />
            </Td>
            <Td dataLabel={t("audit.column.user")}>{item.user}</Td>
            <Td dataLabel={t("audit.column.machine")}>{item.address}</Td>
            <Td dataLabel={t("audit.column.reason")} modifier="breakWord">
              {item.detail}
            </Td>
            {plays && (
              <Td dataLabel={t("audit.column.recording")}>
                {item.target && <RecordingLink id={item.target} />}
              </Td>
            )}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
