/** Which sessions are recorded, or what is logged of them: all policies of a kind, the active one marked, and what can be done with them. */
import { Alert, Button, Content, Flex, PageSection, Stack, StackItem } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../api/client";
import { type Policy, type PolicyKind, policiesQueryOf } from "../../api/policies";
import { mayChangePolicy } from "../../app/access";
import { ErrorState } from "../../feedback/ErrorState";
import { Loading } from "../../feedback/Loading";
import { PageTitle } from "../../shell/PageTitle";
import { ActivateDialog, CopyDialog, DeleteDialog } from "./dialogs";
import { ImportButton } from "./files";
import { NotYet } from "./NotYet";
import { PAGES, titleOf } from "./names";
import { PoliciesTable } from "./PoliciesTable";
import { SealingCard } from "./SealingCard";
import { PolicyTabs } from "./Tabs";

/** What is being asked about a policy. */
interface Asked {
  about: "activate" | "copy" | "delete";
  policy: Policy;
}

export function PoliciesPage() {
  return <Policies kind="recording" />;
}

export function DetectionPoliciesPage() {
  return <Policies kind="detection" />;
}

function Policies({ kind }: { kind: PolicyKind }) {
  const { t } = useTranslation();
  const { data, error, isPending, refetch } = useQuery(policiesQueryOf(kind));
  const mayChange = mayChangePolicy(useMe().roles);
  const [asked, setAsked] = useState<Asked>();
  const [done, setDone] = useState<string>();
  const close = () => setAsked(undefined);
  const finish = (text: string) => {
    setDone(text);
    close();
  };
  const active = data?.items.find((policy) => policy.active);

  return (
    <PageSection isFilled aria-label={t(`policyKind.${kind}.title`)}>
      <PolicyTabs at={PAGES[kind].all} />
      <Stack hasGutter>
        <StackItem>
          <PageTitle text={t(`policyKind.${kind}.title`)} />
          <Content component="p">{t(`policyKind.${kind}.intro`)}</Content>
        </StackItem>
        {mayChange ? (
          <Flex>
            <Button component={(props) => <Link {...props} to={PAGES[kind].one} params={{ id: "new" }} />}>
              {t("policies.new")}
            </Button>
            <ImportButton kind={kind} onDone={(name) => setDone(t("policies.imported", { policy: name }))} />
          </Flex>
        ) : (
          <Alert isInline isPlain variant="info" title={t("policies.readOnly")} component="p" />
        )}
        {done && <Alert isInline isLiveRegion variant="success" title={done} component="p" />}
        {isPending && <Loading label={t("policies.loading")} />}
        {error && !data && (
          <ErrorState what={t("policies.failed")} error={error} onRetry={() => void refetch()} />
        )}
        {data && (
          <StackItem>
            <PoliciesTable
              kind={kind}
              items={data.items}
              {...(mayChange && { ask: (about, policy) => setAsked({ about, policy }) })}
            />
          </StackItem>
        )}
        {data && <NotYet features={data.not_yet} />}
        {kind === "recording" && (
          <StackItem>
            <SealingCard mayChange={mayChange} />
          </StackItem>
        )}
      </Stack>
      {asked?.about === "activate" && active && (
        <ActivateDialog
          kind={kind}
          from={active}
          to={asked.policy}
          onClose={close}
          onDone={() => finish(t("policies.activated", { policy: titleOf(asked.policy, t) }))}
        />
      )}
      {asked?.about === "copy" && <CopyDialog kind={kind} policy={asked.policy} onClose={close} />}
      {asked?.about === "delete" && (
        <DeleteDialog
          kind={kind}
          policy={asked.policy}
          onClose={close}
          onDone={() => finish(t("policies.deleted", { policy: titleOf(asked.policy, t) }))}
        />
      )}
    </PageSection>
  );
}
