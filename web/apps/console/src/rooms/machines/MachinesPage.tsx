/** Machines that may send recordings, and how more are let in. */
import {
  Button,
  Content,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  Flex,
  FlexItem,
  PageSection,
  Stack,
  StackItem,
} from "@patternfly/react-core";
import { ServerIcon } from "@patternfly/react-icons";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Machine, machinesQuery, useRevokeMachine } from "../../api/machines";
import { ConfirmDialog } from "../../feedback/ConfirmDialog";
import { ErrorState } from "../../feedback/ErrorState";
import { Loading } from "../../feedback/Loading";
import { PageTitle } from "../../shell/PageTitle";
import { AddMachine } from "./AddMachine";
import { MachinesTable } from "./MachinesTable";
import { Tokens } from "./Tokens";

export function MachinesPage() {
  const { t } = useTranslation();
  const machines = useQuery(machinesQuery);
  const [adding, setAdding] = useState(false);
  const [again, setAgain] = useState<Machine>();
  const [revoking, setRevoking] = useState<Machine>();
  const add = <Button onClick={() => setAdding(true)}>{t("machines.add")}</Button>;
  const items = machines.data?.items;

  return (
    <PageSection isFilled aria-label={t("machines.title")}>
      <Stack hasGutter>
        <StackItem>
          <Flex>
            <FlexItem grow={{ default: "grow" }}>
              <PageTitle text={t("machines.title")} />
              <Content component="p">{t("machines.intro")}</Content>
            </FlexItem>
            {items && items.length > 0 && <FlexItem>{add}</FlexItem>}
          </Flex>
        </StackItem>
        <StackItem>
          {machines.isPending && <Loading label={t("machines.loading")} />}
          {machines.isError && !items && (
            <ErrorState
              what={t("machines.failed")}
              error={machines.error}
              onRetry={() => void machines.refetch()}
            />
          )}
          {items &&
            (items.length > 0 ? (
              <MachinesTable machines={items} onRevoke={setRevoking} onAgain={setAgain} />
            ) : (
              <EmptyState headingLevel="h2" icon={ServerIcon} titleText={t("machines.emptyTitle")}>
                <EmptyStateBody>{t("machines.emptyBody")}</EmptyStateBody>
                <EmptyStateFooter>
                  <EmptyStateActions>{add}</EmptyStateActions>
                </EmptyStateFooter>
              </EmptyState>
            ))}
        </StackItem>
        <Tokens />
      </Stack>
      {adding && <AddMachine onClose={() => setAdding(false)} />}
      {again && <AddMachine machine={again} onClose={() => setAgain(undefined)} />}
      {revoking && <RevokeDialog machine={revoking} onClose={() => setRevoking(undefined)} />}
    </PageSection>
  );
}

function RevokeDialog({ machine, onClose }: { machine: Machine; onClose: () => void }) {
  const { t } = useTranslation();
  const revoke = useRevokeMachine();
  return (
    <ConfirmDialog
      danger
      title={t("machines.revokeTitle", { name: machine.name })}
      action={t("machines.revoke")}
      busy={revoke.isPending}
      failure={revoke.error ? { what: t("machines.revokeFailed"), error: revoke.error } : undefined}
      onConfirm={() => revoke.mutate(machine.id, { onSuccess: onClose })}
      onClose={onClose}
    >
      <Content component="p">{t("machines.revokeBody")}</Content>
      {machine.live_recordings > 0 && (
        <Content component="p">{t("machines.revokeLive", { count: machine.live_recordings })}</Content>
      )}
    </ConfirmDialog>
  );
}
