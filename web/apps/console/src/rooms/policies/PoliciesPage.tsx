/** Which sessions are recorded. First form: the built-in policies, one of which is active. */
import {
  Alert,
  Button,
  Card,
  CardBody,
  CardHeader,
  CardTitle,
  Content,
  Label,
  PageSection,
  Stack,
  StackItem,
} from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../api/client";
import { policyQuery, useActivatePolicy } from "../../api/policies";
import { mayChangePolicy } from "../../app/access";
import { ConfirmDialog } from "../../feedback/ConfirmDialog";
import { ErrorState } from "../../feedback/ErrorState";
import { Loading } from "../../feedback/Loading";
import { PageTitle } from "../../shell/PageTitle";
import { policyHelp, policyTitle } from "./names";
import { SealingCard } from "./SealingCard";

export function PoliciesPage() {
  const { t } = useTranslation();
  const policy = useQuery(policyQuery);
  const mayChange = mayChangePolicy(useMe().roles);
  const [asked, setAsked] = useState<string>();
  const [activated, setActivated] = useState<string>();

  return (
    <PageSection isFilled aria-label={t("policies.title")}>
      <Stack hasGutter>
        <StackItem>
          <PageTitle text={t("policies.title")} />
          <Content component="p">
            {t("policies.intro")} {t("policies.builtIn")}
          </Content>
        </StackItem>
        {!mayChange && <Alert isInline isPlain variant="info" title={t("policies.readOnly")} component="p" />}
        {activated && (
          <Alert
            isInline
            isLiveRegion
            variant="success"
            title={t("policies.activated", { policy: policyTitle(activated, t) })}
            component="p"
          />
        )}
        {policy.isPending && <Loading label={t("policies.loading")} />}
        {policy.isError && !policy.data && (
          <ErrorState
            what={t("policies.failed")}
            error={policy.error}
            onRetry={() => void policy.refetch()}
          />
        )}
        {policy.data?.choices.map((choice) => (
          <StackItem key={choice.name}>
            <PolicyCard
              title={policyTitle(choice.name, t)}
              help={policyHelp(choice, t)}
              active={choice.name === policy.data.active}
              {...(mayChange && { activate: () => setAsked(choice.name) })}
            />
          </StackItem>
        ))}
        <StackItem>
          <SealingCard mayChange={mayChange} />
        </StackItem>
      </Stack>
      {asked && policy.data && (
        <ActivateDialog
          from={policy.data.active}
          to={asked}
          onClose={() => setAsked(undefined)}
          onDone={() => {
            setActivated(asked);
            setAsked(undefined);
          }}
        />
      )}
    </PageSection>
  );
}

interface PolicyCardProps {
  title: string;
  help: string;
  active: boolean;
  activate?: () => void;
}

function PolicyCard({ title, help, active, activate }: PolicyCardProps) {
  const { t } = useTranslation();
  const actions = active ? (
    <Label color="green" isCompact>
      {t("policies.active")}
    </Label>
  ) : (
    activate && (
      <Button
        variant="secondary"
        onClick={activate}
        aria-label={t("policies.makeActiveLabel", { policy: title })}
      >
        {t("policies.makeActive")}
      </Button>
    )
  );
  return (
    <Card isCompact className="kinescope-policy" data-active={active}>
      <CardHeader actions={{ actions, hasNoOffset: true }}>
        <CardTitle component="h2">{title}</CardTitle>
      </CardHeader>
      <CardBody>{help}</CardBody>
    </Card>
  );
}

interface ActivateDialogProps {
  from: string;
  to: string;
  onClose: () => void;
  onDone: () => void;
}

function ActivateDialog({ from, to, onClose, onDone }: ActivateDialogProps) {
  const { t } = useTranslation();
  const activate = useActivatePolicy();
  const names = { from: policyTitle(from, t), policy: policyTitle(to, t) };
  return (
    <ConfirmDialog
      title={t("policies.confirmTitle", names)}
      action={t("policies.makeActive")}
      busy={activate.isPending}
      failure={activate.error ? { what: t("policies.activateFailed"), error: activate.error } : undefined}
      onConfirm={() => activate.mutate(to, { onSuccess: onDone })}
      onClose={onClose}
    >
      <Content component="p">{t("policies.confirmBody", names)}</Content>
      <Content component="p">{t("policies.running")}</Content>
    </ConfirmDialog>
  );
}
