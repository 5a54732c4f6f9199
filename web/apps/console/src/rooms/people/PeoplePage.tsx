/** People who may log in, and their roles. */
import { Button, Content, Flex, FlexItem, PageSection, Stack, StackItem } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Person, peopleQuery } from "../../api/people";
import { ErrorState } from "../../feedback/ErrorState";
import { Loading } from "../../feedback/Loading";
import { PageTitle } from "../../shell/PageTitle";
import { AddPerson } from "./AddPerson";
import { LockDialog, PasswordDialog, RolesDialog } from "./changes";
import { PeopleTable, type PersonAction } from "./PeopleTable";

interface Change {
  action: PersonAction;
  person: Person;
}

export function PeoplePage() {
  const { t } = useTranslation();
  const people = useQuery(peopleQuery);
  const [adding, setAdding] = useState(false);
  const [change, setChange] = useState<Change>();
  const items = people.data?.items;

  return (
    <PageSection isFilled aria-label={t("people.title")}>
      <Stack hasGutter>
        <StackItem>
          <Flex>
            <FlexItem grow={{ default: "grow" }}>
              <PageTitle text={t("people.title")} />
              <Content component="p">{t("people.intro")}</Content>
            </FlexItem>
            <FlexItem>
              <Button onClick={() => setAdding(true)}>{t("people.add")}</Button>
            </FlexItem>
          </Flex>
        </StackItem>
        <StackItem>
          {people.isPending && <Loading label={t("people.loading")} />}
          {people.isError && !items && (
            <ErrorState
              what={t("people.failed")}
              error={people.error}
              onRetry={() => void people.refetch()}
            />
          )}
          {items && (
            <PeopleTable people={items} onAction={(action, person) => setChange({ action, person })} />
          )}
        </StackItem>
      </Stack>
      {adding && <AddPerson onClose={() => setAdding(false)} />}
      {change && <ChangeDialog {...change} onClose={() => setChange(undefined)} />}
    </PageSection>
  );
}

function ChangeDialog({ action, person, onClose }: Change & { onClose: () => void }) {
  switch (action) {
    case "roles":
      return <RolesDialog person={person} onClose={onClose} />;
    case "password":
      return <PasswordDialog person={person} onClose={onClose} />;
    case "lock":
    case "unlock":
      return <LockDialog person={person} onClose={onClose} />;
  }
}
