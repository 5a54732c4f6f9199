/** Tokens that were made to let machines in. Their secrets are not here: nobody has them but who wrote them down. */
import { Button, Content, StackItem, Title } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type EnrolmentToken, machinesQuery, tokensQuery, useDeleteToken } from "../../api/machines";
import { useLocale } from "../../app/locale";
import { ConfirmDialog } from "../../feedback/ConfirmDialog";
import { ErrorState } from "../../feedback/ErrorState";
import { Moment } from "../../format/Moment";
import { toUs, zoneName } from "../../format/time";

export function Tokens() {
  const { t } = useTranslation();
  const tokens = useQuery(tokensQuery);
  const [removing, setRemoving] = useState<EnrolmentToken>();
  if (tokens.isError && !tokens.data) {
    return (
      <StackItem>
        <ErrorState
          what={t("machines.tokensFailed")}
          error={tokens.error}
          onRetry={() => void tokens.refetch()}
        />
      </StackItem>
    );
  }
  if (!tokens.data || tokens.data.items.length === 0) {
    return null;
  }
  return (
    <StackItem>
      <Title headingLevel="h2" size="lg">
        {t("machines.tokens")}
      </Title>
      <Content component="p">{t("machines.tokensHelp")}</Content>
      <TokensTable tokens={tokens.data.items} onRemove={setRemoving} />
      {removing && <RemoveDialog token={removing} onClose={() => setRemoving(undefined)} />}
    </StackItem>
  );
}

interface TokensTableProps {
  tokens: readonly EnrolmentToken[];
  onRemove: (token: EnrolmentToken) => void;
}

function TokensTable({ tokens, onRemove }: TokensTableProps) {
  const { t } = useTranslation();
  const zone = zoneName(useLocale());
  const machines = useQuery(machinesQuery).data?.items ?? [];
  const nameOf = (id: string) => machines.find((machine) => machine.id === id)?.name;
  return (
    <Table role="table" aria-label={t("machines.tokens")} variant="compact">
      <Thead>
        <Tr>
          <Th modifier="wrap">{t("machines.tokenColumn.note")}</Th>
          <Th modifier="wrap">{t("machines.tokenColumn.status")}</Th>
          <Th modifier="wrap">{t("machines.tokenColumn.by")}</Th>
          <Th modifier="wrap">{t("machines.tokenColumn.expires", { zone })}</Th>
          <Th screenReaderText={t("machines.tokenColumn.actions")} />
        </Tr>
      </Thead>
      <Tbody>
        {tokens.map((token) => (
          <Tr key={token.id}>
            <Td dataLabel={t("machines.tokenColumn.note")}>{noteOf(token, t)}</Td>
            <Td dataLabel={t("machines.tokenColumn.status")}>{statusOf(token, nameOf, t)}</Td>
            <Td dataLabel={t("machines.tokenColumn.by")}>{token.created_by}</Td>
            <Td dataLabel={t("machines.tokenColumn.expires")}>
              <Moment us={token.expires_us} />
            </Td>
            <Td isActionCell>
              <Button
                variant="link"
                isInline
                onClick={() => onRemove(token)}
                aria-label={t("machines.tokenRemoveLabel", { note: noteOf(token, t) })}
              >
                {t("machines.tokenRemove")}
              </Button>
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

function noteOf(token: EnrolmentToken, t: TFunction): string {
  return token.note === "" ? t("machines.tokenNoNote") : token.note;
}

function statusOf(token: EnrolmentToken, nameOf: (id: string) => string | undefined, t: TFunction): string {
  if (token.used_us) {
    const machine = token.used_by ? nameOf(token.used_by) : undefined;
    return machine ? t("machines.tokenUsed", { machine }) : t("machines.tokenUsedBare");
  }
  return token.expires_us < toUs(new Date()) ? t("machines.tokenExpired") : t("machines.tokenOpen");
}

function RemoveDialog({ token, onClose }: { token: EnrolmentToken; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useDeleteToken();
  return (
    <ConfirmDialog
      title={t("machines.tokenRemoveTitle")}
      action={t("machines.tokenRemove")}
      busy={remove.isPending}
      failure={remove.error ? { what: t("machines.tokenRemoveFailed"), error: remove.error } : undefined}
      onConfirm={() => remove.mutate(token.id, { onSuccess: onClose })}
      onClose={onClose}
    >
      {t("machines.tokenRemoveBody", { note: noteOf(token, t) })}
    </ConfirmDialog>
  );
}
