/** Sessions that run now: who is recorded, and having them recorded or not. */
import {
  Button,
  Content,
  EmptyState,
  EmptyStateBody,
  Flex,
  FlexItem,
  PageSection,
  Stack,
  StackItem,
} from "@patternfly/react-core";
import { DesktopIcon } from "@patternfly/react-icons";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Order, type Session, sessionsQuery } from "../../api/sessions";
import { ErrorState } from "../../feedback/ErrorState";
import { Loading } from "../../feedback/Loading";
import { PageTitle } from "../../shell/PageTitle";
import { ControlDialog } from "./ControlDialog";
import { SessionsTable } from "./SessionsTable";
import { wordsOf } from "./words";

interface Wanted {
  order: Order;
  sessions: readonly Session[];
}

export function SessionsPage() {
  const { t } = useTranslation();
  const sessions = useQuery(sessionsQuery);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [wanted, setWanted] = useState<Wanted>();
  const items = sessions.data?.items;
  const those = items?.filter((item) => chosen.includes(item.id) && item.controllable) ?? [];

  return (
    <PageSection isFilled aria-label={t("sessions.title")}>
      <Stack hasGutter>
        <StackItem>
          <PageTitle text={t("sessions.title")} />
          <Content component="p">{t("sessions.intro")}</Content>
        </StackItem>
        <StackItem>
          {sessions.isPending && <Loading label={t("sessions.loading")} />}
          {sessions.isError && !items && (
            <ErrorState
              what={t("sessions.failed")}
              error={sessions.error}
              onRetry={() => void sessions.refetch()}
            />
          )}
          {items?.length === 0 && (
            <EmptyState headingLevel="h2" icon={DesktopIcon} titleText={t("sessions.emptyTitle")}>
              <EmptyStateBody>{t("sessions.emptyBody")}</EmptyStateBody>
            </EmptyState>
          )}
          {items && items.length > 0 && (
            <Stack hasGutter>
              <StackItem>
                <Flex>
                  <FlexItem>{t("sessions.chosen", { count: those.length })}</FlexItem>
                  {(["start", "stop"] as const).map((order) => (
                    <FlexItem key={order}>
                      <Button
                        size="sm"
                        variant="secondary"
                        isDisabled={those.length === 0}
                        onClick={() => setWanted({ order, sessions: those })}
                      >
                        {t(`sessions.${wordsOf(order, those)}`)}
                      </Button>
                    </FlexItem>
                  ))}
                </Flex>
              </StackItem>
              <StackItem>
                <SessionsTable
                  sessions={items}
                  chosen={chosen}
                  onChoose={setChosen}
                  onOrder={(order, session) => setWanted({ order, sessions: [session] })}
                />
              </StackItem>
            </Stack>
          )}
        </StackItem>
      </Stack>
      {wanted && (
        <ControlDialog
          order={wanted.order}
          sessions={wanted.sessions}
          onClose={() => setWanted(undefined)}
          onDone={() => {
            setWanted(undefined);
            setChosen([]);
          }}
        />
      )}
    </PageSection>
  );
}
