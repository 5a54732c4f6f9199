/** The form of a policy. Nothing is kept before it is saved, and nothing newer is overwritten by saving. */
import {
  ActionList,
  ActionListItem,
  Alert,
  Button,
  Form,
  FormGroup,
  Stack,
  StackItem,
  TextArea,
  TextInput,
} from "@patternfly/react-core";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  type Policy,
  type PolicyDocument,
  type PolicyKind,
  useCreatePolicy,
  useUpdatePolicy,
} from "../../api/policies";
import { ApiError } from "../../api/problem";
import { ErrorState } from "../../feedback/ErrorState";
import { LeaveGuard } from "../../feedback/LeaveGuard";
import { type Draft, documentOf, draftOf, newRule } from "./draft";
import { ExportButton } from "./files";
import { NotYet } from "./NotYet";
import { PAGES } from "./names";
import { RuleCard } from "./RuleCard";
import { refusalOf } from "./responses/draft";
import { WhatIf } from "./WhatIf";

interface PolicyEditorProps {
  kind: PolicyKind;
  /** Absent for a new one. */
  kept?: { policy: Policy; document: PolicyDocument };
  mayChange: boolean;
  notYet: readonly string[];
  reload?: () => void;
}

const EMPTY: PolicyDocument = { version: 1, name: "", rules: [] };

export function PolicyEditor({ kind, kept, mayChange, notYet, reload }: PolicyEditorProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(() => draftOf(kept?.document ?? EMPTY));
  const [added, setAdded] = useState<number>();
  const save = useSave(kind, kept?.policy);
  const refusal = save.error ? refusalOf(save.error.message) : undefined;
  const document = documentOf(draft);
  const isChanged = JSON.stringify(document) !== JSON.stringify(documentOf(draftOf(kept?.document ?? EMPTY)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.run(document);
  };
  const addRule = () => {
    const rule = newRule(kind, draft, t("rule.newName", { number: draft.rules.length + 1 }));
    setDraft({ ...draft, rules: [...draft.rules, rule] });
    setAdded(rule.key);
  };
  return (
    <div className="kinescope-policy-page">
      <LeaveGuard changed={mayChange && isChanged} />
      <Form onSubmit={submit} aria-label={t("policy.title")}>
        {kept?.policy.active && mayChange && (
          <Alert isInline variant="warning" title={t(`policyKind.${kind}.isActive`)} component="p" />
        )}
        <Facts draft={draft} setDraft={setDraft} mayChange={mayChange} />
        <Stack hasGutter>
          {draft.rules.length === 0 && (
            <StackItem>
              <Alert isInline isPlain variant="info" title={t(`policyKind.${kind}.noRule`)} component="p" />
            </StackItem>
          )}
          {draft.rules.map(({ key, rule }) => (
            <StackItem key={key}>
              <RuleCard
                rule={rule}
                startsOpen={key === added}
                refusal={refusal?.rule === rule.name ? refusal : undefined}
                {...(mayChange && {
                  change: (changed) =>
                    setDraft((now) => ({
                      ...now,
                      rules: now.rules.map((one) => (one.key === key ? { key, rule: changed } : one)),
                    })),
                  remove: () =>
                    setDraft((now) => ({ ...now, rules: now.rules.filter((one) => one.key !== key) })),
                })}
              />
            </StackItem>
          ))}
        </Stack>
        {mayChange && (
          <Button variant="link" isInline onClick={addRule} className="kinescope-add-rule">
            {t("policy.addRule")}
          </Button>
        )}
        <div className="kinescope-aside">{t(`policyKind.${kind}.precedence`)}</div>
        <NotYet features={notYet} />
        <SaveState save={save} reload={reload} />
        <ActionList>
          {mayChange && (
            <ActionListItem>
              <Button
                type="submit"
                isLoading={save.busy}
                isDisabled={save.busy || !isChanged || !draft.name.trim()}
              >
                {t("action.save")}
              </Button>
            </ActionListItem>
          )}
          {kept && !isChanged && (
            <ActionListItem>
              <ExportButton kind={kind} document={kept.document} />
            </ActionListItem>
          )}
        </ActionList>
      </Form>
      <WhatIf
        kind={kind}
        by={
          isChanged || !kept
            ? { document: withName(document, t("policy.newTitle")) }
            : { policy: kept.policy.id }
        }
      />
    </div>
  );
}

/** A draft can be tried before it has a name. */
function withName(document: PolicyDocument, name: string): PolicyDocument {
  return document.name ? document : { ...document, name };
}

interface FactsProps {
  draft: Draft;
  setDraft: (draft: Draft) => void;
  mayChange: boolean;
}

function Facts({ draft, setDraft, mayChange }: FactsProps) {
  const { t } = useTranslation();
  const readOnly = mayChange ? {} : { readOnlyVariant: "default" as const };
  return (
    <>
      <FormGroup label={t("policies.name")} isRequired fieldId="policy-name">
        <TextInput
          id="policy-name"
          isRequired
          maxLength={64}
          value={draft.name}
          {...readOnly}
          onChange={(_event, name) => setDraft({ ...draft, name })}
        />
      </FormGroup>
      <FormGroup label={t("policy.description")} fieldId="policy-description">
        <TextArea
          id="policy-description"
          rows={2}
          maxLength={1000}
          resizeOrientation="vertical"
          value={draft.description}
          {...readOnly}
          onChange={(_event, description) => setDraft({ ...draft, description })}
        />
      </FormGroup>
    </>
  );
}

interface Save {
  run: (document: PolicyDocument) => void;
  busy: boolean;
  error: Error | null;
}

/** Keeps a new policy and leads to it, or changes the one that is kept. */
function useSave(kind: PolicyKind, policy: Policy | undefined): Save {
  const navigate = useNavigate();
  const create = useCreatePolicy(kind);
  const update = useUpdatePolicy(kind, policy?.id ?? "");
  if (policy) {
    const { revision } = policy;
    return {
      run: (document) => update.mutate({ revision, document }),
      busy: update.isPending,
      error: update.error,
    };
  }
  return {
    run: (document) =>
      create.mutate(document, {
        onSuccess: (made) =>
          void navigate({
            to: PAGES[kind].one,
            params: { id: made.policy.id },
            replace: true,
            // What was written is kept now.
            ignoreBlocker: true,
          }),
      }),
    busy: create.isPending,
    error: create.error,
  };
}

function SaveState({ save, reload }: { save: Save; reload?: (() => void) | undefined }) {
  const { t } = useTranslation();
  if (!save.error) {
    return null;
  }
  const conflict = save.error instanceof ApiError && save.error.code === "conflict";
  return (
    <div role="alert">
      <ErrorState what={t("policy.saving")} error={save.error} />
      {conflict && reload && (
        <Button variant="link" onClick={reload}>
          {t("policy.reload")}
        </Button>
      )}
    </div>
  );
}
