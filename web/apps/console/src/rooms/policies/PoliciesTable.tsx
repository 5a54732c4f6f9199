/** The rows of the policies. */
import { Button, Flex, Label } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Policy, PolicyKind } from "../../api/policies";
import { Moment } from "../../format/Moment";
import { helpOf, MACHINE_SETTINGS, PAGES, titleOf } from "./names";

interface PoliciesTableProps {
  kind: PolicyKind;
  items: readonly Policy[];
  /** Absent for who may only read. */
  ask?: (about: "activate" | "copy" | "delete", policy: Policy) => void;
}

export function PoliciesTable({ kind, items, ask }: PoliciesTableProps) {
  const { t } = useTranslation();
  return (
    <Table role="table" aria-label={t(`policyKind.${kind}.title`)} variant="compact">
      <Thead>
        <Tr>
          <Th width={40}>{t("policies.column.name")}</Th>
          <Th>{t("policies.column.state")}</Th>
          <Th>{t("policies.column.changed")}</Th>
          {ask && <Th screenReaderText={t("policies.column.actions")} />}
        </Tr>
      </Thead>
      <Tbody>
        {items.map((policy) => (
          <Row key={policy.id} kind={kind} policy={policy} {...(ask && { ask })} />
        ))}
      </Tbody>
    </Table>
  );
}

interface RowProps extends Pick<PoliciesTableProps, "kind" | "ask"> {
  policy: Policy;
}

function Row({ kind, policy, ask }: RowProps) {
  const { t } = useTranslation();
  const title = titleOf(policy, t);
  return (
    <Tr data-active={policy.active}>
      <Td dataLabel={t("policies.column.name")} modifier="breakWord">
        <Link to={PAGES[kind].one} params={{ id: policy.id }}>
          {title}
        </Link>
        <div className="kinescope-aside">{helpOf(policy, t)}</div>
      </Td>
      <Td dataLabel={t("policies.column.state")}>
        <Flex gap={{ default: "gapXs" }}>
          {policy.active && (
            <Label color="green" isCompact>
              {t("policies.active")}
            </Label>
          )}
          <Label variant="outline" isCompact>
            {policy.built_in ? t("policies.builtIn") : t("policies.rules", { count: policy.rules })}
          </Label>
        </Flex>
      </Td>
      <Td dataLabel={t("policies.column.changed")}>
        {policy.changed_us != null && (
          <>
            <Moment us={policy.changed_us} /> <span className="kinescope-aside">{policy.changed_by}</span>
          </>
        )}
      </Td>
      {ask && (
        <Td isActionCell>
          <Flex justifyContent={{ default: "justifyContentFlexEnd" }} flexWrap={{ default: "nowrap" }}>
            {!policy.active && (
              <Button
                size="sm"
                variant="secondary"
                onClick={() => ask("activate", policy)}
                aria-label={t("policies.makeActiveLabel", { policy: title })}
              >
                {t("policies.makeActive")}
              </Button>
            )}
            {policy.id !== MACHINE_SETTINGS && (
              <Button
                size="sm"
                variant="link"
                onClick={() => ask("copy", policy)}
                aria-label={t("policies.copyLabel", { policy: title })}
              >
                {t("policies.copy")}
              </Button>
            )}
            {!policy.built_in && (
              <Button
                size="sm"
                variant="link"
                isDanger
                isAriaDisabled={policy.active}
                onClick={() => ask("delete", policy)}
                aria-label={t("policies.deleteLabel", { policy: title })}
                title={policy.active ? t("policies.activeStays") : undefined}
              >
                {t("policies.delete")}
              </Button>
            )}
          </Flex>
        </Td>
      )}
    </Tr>
  );
}
