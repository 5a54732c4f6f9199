/** The people of the deployment. */
import { Label, LabelGroup, MenuToggle } from "@patternfly/react-core";
import { BanIcon, CheckCircleIcon, EllipsisVIcon } from "@patternfly/react-icons";
import { ActionsColumn, Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useTranslation } from "react-i18next";
import { useMe } from "../../api/client";
import type { Person } from "../../api/people";
import { ROLES } from "../../app/access";
import { useLocale } from "../../app/locale";
import { Moment } from "../../format/Moment";
import { zoneName } from "../../format/time";

export type PersonAction = "roles" | "password" | "lock" | "unlock";

interface PeopleTableProps {
  people: readonly Person[];
  onAction: (action: PersonAction, person: Person) => void;
}

export function PeopleTable({ people, onAction }: PeopleTableProps) {
  const { t } = useTranslation();
  const zone = zoneName(useLocale());
  const me = useMe();
  return (
    <Table role="table" aria-label={t("people.table")} variant="compact">
      <Thead>
        <Tr>
          <Th modifier="wrap">{t("people.column.name")}</Th>
          <Th modifier="wrap" width={50}>
            {t("people.column.roles")}
          </Th>
          <Th modifier="wrap">{t("people.column.status")}</Th>
          <Th modifier="wrap">{t("people.column.added", { zone })}</Th>
          <Th screenReaderText={t("people.column.actions")} />
        </Tr>
      </Thead>
      <Tbody>
        {people.map((person) => (
          <PersonRow key={person.id} person={person} isMe={person.name === me.user} onAction={onAction} />
        ))}
      </Tbody>
    </Table>
  );
}

interface PersonRowProps {
  person: Person;
  isMe: boolean;
  onAction: PeopleTableProps["onAction"];
}

function PersonRow({ person, isMe, onAction }: PersonRowProps) {
  const { t } = useTranslation();
  const roles = ROLES.filter((role) => person.roles.includes(role));
  const actions = [
    { title: t("people.editRoles"), onClick: () => onAction("roles", person) },
    { title: t("people.resetPassword"), onClick: () => onAction("password", person) },
    // Nobody locks himself out by one wrong click.
    ...(isMe
      ? []
      : person.enabled
        ? [{ title: t("people.lock"), isDanger: true, onClick: () => onAction("lock", person) }]
        : [{ title: t("people.unlock"), onClick: () => onAction("unlock", person) }]),
  ];
  return (
    <Tr>
      <Td dataLabel={t("people.column.name")}>
        <strong>{person.name}</strong>
        {isMe && <span className="kinescope-aside"> ({t("people.you")})</span>}
      </Td>
      <Td dataLabel={t("people.column.roles")}>
        {roles.length === 0 ? (
          <span className="kinescope-aside">{t("people.noRoles")}</span>
        ) : (
          <LabelGroup numLabels={ROLES.length} aria-label={t("people.column.roles")}>
            {roles.map((role) => (
              <Label key={role} isCompact variant="outline" title={t(`roleHelp.${role}`)}>
                {t(`role.${role}`)}
              </Label>
            ))}
          </LabelGroup>
        )}
      </Td>
      <Td dataLabel={t("people.column.status")}>
        {person.enabled ? (
          <Label isCompact color="green" icon={<CheckCircleIcon />}>
            {t("people.enabled")}
          </Label>
        ) : (
          <Label isCompact color="red" icon={<BanIcon />}>
            {t("people.disabled")}
          </Label>
        )}
      </Td>
      <Td dataLabel={t("people.column.added")}>
        <Moment us={person.created_us} />
      </Td>
      <Td isActionCell>
        <ActionsColumn
          items={actions}
          actionsToggle={({ onToggle, isOpen, toggleRef }) => (
            <MenuToggle
              ref={toggleRef}
              variant="plain"
              icon={<EllipsisVIcon />}
              isExpanded={isOpen}
              onClick={onToggle}
              aria-label={t("people.actionsOf", { name: person.name })}
            />
          )}
        />
      </Td>
    </Tr>
  );
}
