/** A policy that cannot be changed: what it does, a way to a copy, and what would become of a session. */
import { Button, Content, Stack, StackItem } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Policy } from "../../api/policies";
import { CopyDialog } from "./dialogs";
import { helpOf } from "./names";
import { WhatIf } from "./WhatIf";

export function BuiltInPolicy({ policy, mayChange }: { policy: Policy; mayChange: boolean }) {
  const { t } = useTranslation();
  const [copying, setCopying] = useState(false);
  return (
    <div className="kinescope-policy-page">
      <Stack hasGutter>
        <StackItem>
          <Content component="p">{helpOf(policy, t)}</Content>
          <Content component="p">{t("policy.isBuiltIn")}</Content>
        </StackItem>
        {mayChange && (
          <StackItem>
            <Button variant="secondary" onClick={() => setCopying(true)}>
              {t("policies.copy")}
            </Button>
          </StackItem>
        )}
      </Stack>
      <WhatIf by={{ policy: policy.id }} />
      {copying && <CopyDialog policy={policy} onClose={() => setCopying(false)} />}
    </div>
  );
}
