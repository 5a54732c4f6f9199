/** A policy that cannot be changed: what it does, a way to a copy, and what would become of a session. */
import { Button, Content, Stack, StackItem } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Policy, PolicyKind } from "../../api/policies";
import { CopyDialog } from "./dialogs";
import { helpOf, MACHINE_SETTINGS } from "./names";
import { WhatIf } from "./WhatIf";

interface BuiltInPolicyProps {
  kind: PolicyKind;
  policy: Policy;
  mayChange: boolean;
}

export function BuiltInPolicy({ kind, policy, mayChange }: BuiltInPolicyProps) {
  const { t } = useTranslation();
  const isCopied = policy.id !== MACHINE_SETTINGS;
  const [copying, setCopying] = useState(false);
  return (
    <div className="kinescope-policy-page">
      <Stack hasGutter>
        <StackItem>
          <Content component="p">{helpOf(policy, t)}</Content>
          {isCopied && <Content component="p">{t("policy.isBuiltIn")}</Content>}
        </StackItem>
        {mayChange && isCopied && (
          <StackItem>
            <Button variant="secondary" onClick={() => setCopying(true)}>
              {t("policies.copy")}
            </Button>
          </StackItem>
        )}
      </Stack>
      <WhatIf kind={kind} by={{ policy: policy.id }} />
      {copying && <CopyDialog kind={kind} policy={policy} onClose={() => setCopying(false)} />}
    </div>
  );
}
