/** The sessions of connected machines. */
import { Button, Flex, FlexItem, Label } from "@patternfly/react-core";
import { CircleIcon, ListIcon } from "@patternfly/react-icons";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "../../api/client";
import type { Order, Session } from "../../api/sessions";
import { mayEnter } from "../../app/access";
import { wordsOf } from "./words";

interface SessionsTableProps {
  sessions: readonly Session[];
  chosen: readonly string[];
  onChoose: (chosen: readonly string[]) => void;
  onOrder: (order: Order, session: Session) => void;
}

export function SessionsTable({ sessions, chosen, onChoose, onOrder }: SessionsTableProps) {
  const { t } = useTranslation();
  const offered = sessions.filter((session) => session.controllable).map((session) => session.id);
  const all = offered.length > 0 && offered.every((id) => chosen.includes(id));
  return (
    <Table role="table" aria-label={t("sessions.table")} variant="compact">
      <Thead>
        <Tr>
          <Th
            select={{ isSelected: all, onSelect: (_event, every) => onChoose(every ? offered : []) }}
            aria-label={t("sessions.chooseAll")}
          />
          <Th modifier="wrap">{t("sessions.column.user")}</Th>
          <Th modifier="wrap">{t("sessions.column.machine")}</Th>
          <Th modifier="wrap">{t("sessions.column.recorded")}</Th>
          <Th modifier="wrap" width={40}>
            {t("sessions.column.why")}
          </Th>
          <Th screenReaderText={t("sessions.column.actions")} />
        </Tr>
      </Thead>
      <Tbody>
        {sessions.map((session, rowIndex) => (
          <Tr key={session.id}>
            <Td
              select={{
                rowIndex,
                isSelected: chosen.includes(session.id),
                isDisabled: !session.controllable,
                onSelect: (_event, chose) =>
                  onChoose(chose ? [...chosen, session.id] : chosen.filter((id) => id !== session.id)),
              }}
            />
            <Td dataLabel={t("sessions.column.user")}>
              <strong>{session.user}</strong>
              <div className="kinescope-aside">{session.display}</div>
            </Td>
            <Td dataLabel={t("sessions.column.machine")}>{session.machine}</Td>
            <Td dataLabel={t("sessions.column.recorded")}>
              <Recorded session={session} />
            </Td>
            <Td dataLabel={t("sessions.column.why")} modifier="breakWord">
              {session.why}
              {session.user_may_start && <div className="kinescope-aside">{t("sessions.userMayStart")}</div>}
            </Td>
            <Td isActionCell>
              <Action session={session} onOrder={onOrder} />
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

/** What of a session is recorded; leads to the recording, for those who may play. */
function Recorded({ session }: { session: Session }) {
  const { t } = useTranslation();
  const plays = mayEnter(useMe().roles, "recordings");
  if (!session.recording || !session.started_by) {
    return (
      <Label isCompact color="grey">
        {t("sessions.notRecorded")}
      </Label>
    );
  }
  return (
    <>
      {session.events_only ? (
        <Label isCompact variant="outline" icon={<ListIcon />} title={t("sessions.eventsOnlyHelp")}>
          {t("sessions.eventsOnly")}
        </Label>
      ) : (
        <Label isCompact color="red" icon={<CircleIcon />}>
          {t(session.events_only === false ? "sessions.screenRecorded" : "sessions.recorded")}
        </Label>
      )}
      <div className="kinescope-aside">{t(`sessions.by.${session.started_by}`)}</div>
      {plays && (
        <Link
          to="/recordings/$id"
          params={{ id: session.recording }}
          aria-label={t("sessions.watchLabel", { user: session.user, machine: session.machine })}
        >
          {t("sessions.watch")}
        </Link>
      )}
    </>
  );
}

function Action({ session, onOrder }: { session: Session; onOrder: SessionsTableProps["onOrder"] }) {
  const { t } = useTranslation();
  if (!session.controllable) {
    return <span className="kinescope-aside">{t("sessions.notControllable")}</span>;
  }
  const { user, machine } = session;
  return (
    <Flex
      direction={{ default: "column" }}
      alignItems={{ default: "alignItemsFlexEnd" }}
      spaceItems={{ default: "spaceItemsXs" }}
    >
      {ordersFor(session).map((order) => (
        <FlexItem key={order}>
          <Button
            variant="link"
            isInline
            isDanger={order === "stop"}
            onClick={() => onOrder(order, session)}
            aria-label={t(`sessions.${wordsOf(order, [session])}Label`, { user, machine })}
          >
            {t(`sessions.${wordsOf(order, [session])}`)}
          </Button>
        </FlexItem>
      ))}
    </Flex>
  );
}

/** To a session of events only the screen can be added. */
function ordersFor(session: Session): readonly Order[] {
  if (!session.recording) {
    return ["start"];
  }
  return session.events_only ? ["start", "stop"] : ["stop"];
}
