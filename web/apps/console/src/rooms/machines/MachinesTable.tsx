/** The machines that were enrolled. */
import { Button, ClipboardCopy, Flex, Label } from "@patternfly/react-core";
import { BanIcon, CheckCircleIcon, DisconnectedIcon, ExclamationTriangleIcon } from "@patternfly/react-icons";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { Link, useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../api/client";
import type { Machine } from "../../api/machines";
import { mayEnter } from "../../app/access";
import { useLocale } from "../../app/locale";
import { Moment } from "../../format/Moment";
import { formatSize } from "../../format/size";
import { toUs, zoneName } from "../../format/time";

interface MachinesTableProps {
  machines: readonly Machine[];
  onRevoke: (machine: Machine) => void;
  onAgain: (machine: Machine) => void;
}

export function MachinesTable({ machines, onRevoke, onAgain }: MachinesTableProps) {
  const { t } = useTranslation();
  const zone = zoneName(useLocale());
  return (
    <Table role="table" aria-label={t("machines.table")} variant="compact">
      <Thead>
        <Tr>
          <Th modifier="wrap">{t("machines.column.name")}</Th>
          <Th modifier="wrap">{t("machines.column.status")}</Th>
          <Th modifier="wrap">{t("machines.column.version")}</Th>
          <Th modifier="wrap">{t("machines.column.heard", { zone })}</Th>
          <Th modifier="wrap">{t("machines.column.live")}</Th>
          <Th modifier="wrap">{t("machines.column.spool")}</Th>
          <Th screenReaderText={t("machines.column.actions")} />
        </Tr>
      </Thead>
      <Tbody>
        {machines.map((machine) => (
          <MachineRow
            key={machine.id}
            machine={machine}
            onRevoke={() => onRevoke(machine)}
            onAgain={() => onAgain(machine)}
          />
        ))}
      </Tbody>
    </Table>
  );
}

interface MachineRowProps {
  machine: Machine;
  onRevoke: () => void;
  onAgain: () => void;
}

function MachineRow({ machine, onRevoke, onAgain }: MachineRowProps) {
  const { t } = useTranslation();
  const revoked = typeof machine.revoked_us === "number";
  const row = useRef<HTMLTableRowElement>(null);
  // Another page may lead to one machine.
  const meant = useLocation({ select: ({ hash }) => hash === machine.id });
  useEffect(() => {
    if (meant) {
      row.current?.scrollIntoView({ block: "center" });
      row.current?.focus({ preventScroll: true });
    }
  }, [meant]);
  return (
    <Tr ref={row} isRowSelected={meant} {...(meant ? { tabIndex: -1 } : {})}>
      <Td dataLabel={t("machines.column.name")}>
        <strong>{machine.name}</strong>
        <div className="kinescope-aside">{machine.os}</div>
        <SigningKey machine={machine} />
      </Td>
      <Td dataLabel={t("machines.column.status")}>
        <Status online={machine.online} revoked={revoked} />
        <Identity machine={machine} />
        {machine.recording === false && (
          <Label isCompact color="orange" icon={<ExclamationTriangleIcon />} title={t("machines.offHelp")}>
            {t("machines.off")}
          </Label>
        )}
        {machine.controllable === false && machine.recording !== false && (
          <div className="kinescope-aside">{t("machines.noControl")}</div>
        )}
      </Td>
      <Td dataLabel={t("machines.column.version")}>{machine.agent_version ?? t("machines.noVersion")}</Td>
      <Td dataLabel={t("machines.column.heard")}>
        {machine.last_seen_us ? <Moment us={machine.last_seen_us} /> : t("machines.neverHeard")}
      </Td>
      <Td dataLabel={t("machines.column.live")}>
        <LiveRecordings machine={machine} />
      </Td>
      <Td dataLabel={t("machines.column.spool")}>
        <Spool machine={machine} />
      </Td>
      <Td isActionCell>
        {!revoked && (
          <Flex
            direction={{ default: "column" }}
            alignItems={{ default: "alignItemsFlexStart" }}
            spaceItems={{ default: "spaceItemsXs" }}
          >
            <Button
              variant="link"
              isInline
              onClick={onAgain}
              aria-label={t("machines.againLabel", { name: machine.name })}
            >
              {t("machines.again")}
            </Button>
            <Button
              variant="link"
              isInline
              isDanger
              onClick={onRevoke}
              aria-label={t("machines.revokeLabel", { name: machine.name })}
            >
              {t("machines.revoke")}
            </Button>
          </Flex>
        )}
      </Td>
    </Tr>
  );
}

/** The key by which a verifier knows the machine's recordings; shown short, copied whole. */
function SigningKey({ machine }: { machine: Machine }) {
  const { t } = useTranslation();
  const key = machine.signing_key;
  if (!key) {
    return null;
  }
  return (
    <div className="kinescope-aside">
      {t("machines.signingKey")}{" "}
      <ClipboardCopy
        variant="inline-compact"
        isReadOnly
        hoverTip={t("machines.copyKey")}
        clickTip={t("machines.copiedKey")}
        onCopy={() => void navigator.clipboard.writeText(key)}
        copyAriaLabel={t("machines.copyKeyLabel", { name: machine.name })}
      >
        {`${key.slice(0, 8)}…`}
      </ClipboardCopy>
    </div>
  );
}

function Status({ online, revoked }: { online: boolean; revoked: boolean }) {
  const { t } = useTranslation();
  if (revoked) {
    return (
      <Label isCompact color="red" icon={<BanIcon />}>
        {t("machines.revoked")}
      </Label>
    );
  }
  return online ? (
    <Label isCompact color="green" icon={<CheckCircleIcon />}>
      {t("machines.online")}
    </Label>
  ) : (
    <Label isCompact color="grey" icon={<DisconnectedIcon />}>
      {t("machines.offline")}
    </Label>
  );
}

/** What is wrong with that by which the machine is known. */
function Identity({ machine }: { machine: Machine }) {
  const { t } = useTranslation();
  const copy = machine.refused_copy;
  if (typeof machine.revoked_us === "number") {
    return null;
  }
  return (
    <>
      {machine.expires_us <= toUs(new Date()) && (
        <Label isCompact color="orange" icon={<ExclamationTriangleIcon />} title={t("machines.expiredHelp")}>
          {t("machines.expired")}
        </Label>
      )}
      {copy && (
        <div>
          <Label
            isCompact
            color="orange"
            icon={<ExclamationTriangleIcon />}
            title={t("machines.copyHelp", { text: copy.text })}
          >
            {t("machines.copyRefused")}
          </Label>
          <div className="kinescope-aside">
            {t("machines.copyFrom", { address: copy.address })}{" "}
            <Moment us={copy.time_us} precision="minute" />
          </div>
          <div className="kinescope-aside">{copy.text}</div>
        </div>
      )}
    </>
  );
}

/** Leads to what is being recorded there, for those who may play. */
function LiveRecordings({ machine }: { machine: Machine }) {
  const plays = mayEnter(useMe().roles, "recordings");
  if (machine.live_recordings === 0 || !plays) {
    return machine.live_recordings;
  }
  return (
    <Link to="/recordings" search={{ text: machine.name, state: "live" }}>
      {machine.live_recordings}
    </Link>
  );
}

function Spool({ machine }: { machine: Machine }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const lost = machine.lost_bytes ? formatSize(machine.lost_bytes, locale) : undefined;
  return (
    <>
      {typeof machine.spool_bytes === "number" ? formatSize(machine.spool_bytes, locale) : "–"}
      {lost && (
        <Label
          isCompact
          color="orange"
          icon={<ExclamationTriangleIcon />}
          className="kinescope-lost"
          title={t("machines.lostHelp", { size: lost })}
        >
          {t("machines.lost", { size: lost })}
        </Label>
      )}
    </>
  );
}
