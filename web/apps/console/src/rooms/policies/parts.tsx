/** Editors for the parts of a rule's sentence. */
import { Button, Checkbox, Flex, FormGroup, TextInput } from "@patternfly/react-core";
import { useEffect, useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Criteria, PolicyRule } from "../../api/policies";
import { ActionEditor } from "./ActionEditor";
import { DAYS, type Hours, named } from "./draft";
import { Lines } from "./Lines";
import { LoggingEditor } from "./logging/LoggingEditor";
import type { Part } from "./RuleCard";
import type { Refusal } from "./responses/draft";
import { RespondEditor } from "./responses/RespondEditor";

interface PartEditorProps {
  part: Part;
  rule: PolicyRule;
  change: (rule: PolicyRule) => void;
  close: () => void;
  /** Takes the condition out of the rule. */
  without?: () => void;
  refusal?: Refusal | undefined;
  /** Opens what the rule logs, at a field. */
  showLog: (field: string) => void;
  /** The field that is gone to, of what is logged. */
  field?: string | undefined;
}

/** Takes the focus when it opens, so that the keyboard goes on where the eye is; escape closes it. */
export function PartEditor({ part, rule, change, close, without, refusal, showLog, field }: PartEditorProps) {
  const { t } = useTranslation();
  const whole = useRef<HTMLFieldSetElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another part is another editor
  useEffect(() => {
    const fields = whole.current?.querySelectorAll<HTMLElement>("[data-field]") ?? [];
    const wanted = [...fields].find(({ dataset }) => dataset.field === field);
    (wanted ?? whole.current)?.querySelector<HTMLElement>("textarea, input:checked, input")?.focus();
  }, [part]);
  const when = (changed: Criteria) => change({ ...rule, when: { ...rule.when, ...changed } });
  return (
    <fieldset
      ref={whole}
      className="kinescope-part-editor"
      onKeyDown={(event) => {
        // Keys pressed in a dialog come here, too, and are for the dialog.
        if (event.key === "Escape" && event.currentTarget.contains(event.target as Node)) {
          event.stopPropagation();
          close();
        }
      }}
    >
      <legend className="pf-v6-screen-reader">{t(`rule.edit.${part}`)}</legend>
      {part === "name" && <NameEditor rule={rule} change={change} />}
      {part === "action" && "action" in rule && <ActionEditor rule={rule} change={change} />}
      {part === "log" && "log" in rule && (
        <LoggingEditor log={rule.log} change={(log) => change({ ...rule, log })} />
      )}
      {part === "respond" && "log" in rule && (
        <RespondEditor rule={rule} change={change} refusal={refusal} showLog={showLog} />
      )}
      {part === "who" && (
        <TwoLists
          first={{ label: t("rule.users"), help: t("rule.usersHelp"), kind: "user" }}
          second={{ label: t("rule.groups"), help: t("rule.groupsHelp"), kind: "group" }}
          items={rule.when.who}
          change={(who) => when({ who: who as Criteria["who"] })}
        />
      )}
      {part === "where" && (
        <TwoLists
          first={{ label: t("rule.machines"), help: t("rule.machinesHelp"), kind: "machine" }}
          second={{
            label: t("rule.deliveryGroups"),
            help: t("rule.deliveryGroupsHelp"),
            kind: "delivery_group",
          }}
          items={rule.when.where}
          change={(where) => when({ where: where as Criteria["where"] })}
        />
      )}
      {part === "opened" && (
        <Lines
          label={t("rule.opened")}
          help={t("rule.openedHelp")}
          items={rule.when.opened ?? []}
          change={(opened) => when({ opened })}
        />
      )}
      {part === "client" && (
        <Lines
          label={t("rule.client")}
          help={t("rule.clientHelp")}
          items={rule.when.client ?? []}
          change={(client) => when({ client })}
        />
      )}
      {part === "tags" && (
        <Lines
          label={t("rule.tags")}
          help={t("rule.tagsHelp")}
          items={rule.when.tags ?? []}
          change={(tags) => when({ tags })}
        />
      )}
      {part === "time" && <Times spans={rule.when.time ?? []} change={(time) => when({ time })} />}
      <Flex>
        <Button size="sm" variant="secondary" onClick={close}>
          {t("rule.done")}
        </Button>
        {without && (
          <Button size="sm" variant="link" onClick={without}>
            {t("rule.without")}
          </Button>
        )}
      </Flex>
    </fieldset>
  );
}

function NameEditor({ rule, change }: Pick<PartEditorProps, "rule" | "change">) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <FormGroup label={t("rule.name")} fieldId={id}>
      <TextInput
        id={id}
        value={rule.name}
        maxLength={64}
        onChange={(_event, name) => change({ ...rule, name })}
      />
    </FormGroup>
  );
}

interface Kind {
  label: string;
  help: string;
  kind: string;
}

interface TwoListsProps {
  first: Kind;
  second: Kind;
  items: Criteria["who"] | Criteria["where"];
  change: (items: Record<string, string>[]) => void;
}

function TwoLists({ first, second, items, change }: TwoListsProps) {
  const of = ({ kind }: Kind, names: string[]) => names.map((name) => ({ [kind]: name }));
  const set = (firsts: string[], seconds: string[]) => change([...of(first, firsts), ...of(second, seconds)]);
  const [firsts, seconds] = [named(items, first.kind), named(items, second.kind)];
  return (
    <div className="kinescope-two-lists">
      <Lines {...first} items={firsts} change={(names) => set(names, seconds)} />
      <Lines {...second} items={seconds} change={(names) => set(firsts, names)} />
    </div>
  );
}

interface TimesProps {
  spans: readonly Hours[];
  change: (spans: Hours[]) => void;
}

function Times({ spans, change }: TimesProps) {
  const { t } = useTranslation();
  const id = useId();
  const set = (at: number, fields: Partial<Hours>) =>
    change(spans.map((span, index) => (index === at ? { ...span, ...fields } : span)));
  return (
    <>
      {spans.map((span, at) => (
        <fieldset key={at} className="kinescope-hours" aria-label={t("rule.span", { number: at + 1 })}>
          {DAYS.map((day) => (
            <Checkbox
              key={day}
              id={`${id}-${at}-${day}`}
              label={t(`rule.day.${day}`)}
              isChecked={span.days.includes(day)}
              onChange={(_event, checked) =>
                set(at, { days: DAYS.filter((one) => (one === day ? checked : span.days.includes(one))) })
              }
            />
          ))}
          <TextInput
            className="kinescope-clock"
            aria-label={t("rule.from")}
            maxLength={5}
            value={span.from}
            onChange={(_event, from) => set(at, { from })}
          />
          –
          <TextInput
            className="kinescope-clock"
            aria-label={t("rule.to")}
            maxLength={5}
            value={span.to}
            onChange={(_event, to) => set(at, { to })}
          />
          {spans.length > 1 && (
            <Button
              size="sm"
              variant="link"
              onClick={() => change(spans.filter((_span, index) => index !== at))}
            >
              {t("rule.removeSpan", { number: at + 1 })}
            </Button>
          )}
        </fieldset>
      ))}
      <Button
        size="sm"
        variant="link"
        isInline
        onClick={() => change([...spans, { days: [...DAYS], from: "00:00", to: "24:00" }])}
      >
        {t("rule.addSpan")}
      </Button>
      <div className="kinescope-aside">{t("rule.timeHelp")}</div>
    </>
  );
}
