/** What a rule of a detection policy does when something happens. */
import { Button, Checkbox, Flex, Stack, StackItem } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type EventKinds, eventKindsQuery } from "../../../api/eventKinds";
import type { DetectionRule, Logging } from "../../../api/policies";
import { ErrorState } from "../../../feedback/ErrorState";
import { Loading } from "../../../feedback/Loading";
import { useFocusLater } from "../../../shell/useFocusLater";
import { Lines } from "../Lines";
import { FIELDS, saidOf } from "../logging/fields";
import { given, INTERRUPTING, notLogged, type Refusal, type Responses, type Trigger } from "./draft";
import { NumberField } from "./NumberField";
import { TriggerEditor } from "./TriggerEditor";
import { SaveDialog } from "./templates/SaveDialog";
import { TemplatesDialog } from "./templates/TemplatesDialog";

interface RespondEditorProps {
  rule: DetectionRule;
  change: (rule: DetectionRule) => void;
  refusal?: Refusal | undefined;
  /** Opens what the rule logs, at a field. */
  showLog: (field: string) => void;
}

export function RespondEditor({ rule, change, refusal, showLog }: RespondEditorProps) {
  const { t } = useTranslation();
  const id = useId();
  const kinds = useQuery(eventKindsQuery);
  useFocusWhenThere(`${id}-start`, kinds.data !== undefined);
  const responses: Responses = rule.respond ?? {};
  const set = (part: Responses) =>
    change({ ...rule, respond: given({ ...responses, ...part }) as DetectionRule["respond"] });
  if (!kinds.data) {
    return kinds.error ? (
      <ErrorState what={t("respond.loading")} error={kinds.error} onRetry={() => void kinds.refetch()} />
    ) : (
      <Loading label={t("respond.loading")} />
    );
  }
  return (
    <>
      <Checkbox
        id={`${id}-start`}
        label={t("respond.mailAtStartLabel")}
        isChecked={responses.mail_at_start ?? false}
        onChange={(_event, mail_at_start) => set({ mail_at_start })}
      />
      <Lines
        label={t("respond.recipients")}
        help={t("respond.recipientsHelp", { count: kinds.data.bounds.recipients })}
        items={responses.mail_to ?? []}
        change={(mail_to) => set({ mail_to })}
      />
      <Triggers
        kinds={kinds.data}
        triggers={responses.triggers ?? []}
        log={rule.log}
        setLog={(log, triggers) =>
          change({ ...rule, log, respond: given({ ...responses, triggers }) as DetectionRule["respond"] })
        }
        change={(triggers) => set({ triggers })}
        refusal={refusal}
        showLog={showLog}
      />
      <Timing kinds={kinds.data} responses={responses} set={set} />
    </>
  );
}

/** What was not there yet when the editor opened takes the focus when it comes. */
function useFocusWhenThere(id: string, isThere: boolean): void {
  const wasThere = useRef(isThere);
  useEffect(() => {
    if (isThere && !wasThere.current) {
      wasThere.current = true;
      document.getElementById(id)?.focus();
    }
  }, [id, isThere]);
}

interface TriggersProps {
  kinds: EventKinds;
  triggers: readonly Trigger[];
  log: Logging;
  setLog: (log: Logging, triggers: Trigger[]) => void;
  change: (triggers: Trigger[]) => void;
  refusal: Refusal | undefined;
  showLog: (field: string) => void;
}

function Triggers({ kinds, triggers, log, setLog, change, refusal, showLog }: TriggersProps) {
  const { t } = useTranslation();
  // Triggers have no name: what was typed belongs to the place at which it stands, until one goes.
  const keys = useRef(triggers.map((_one, at) => at));
  const [next, setNext] = useState(triggers.length);
  const full = triggers.length >= kinds.bounds.triggers;
  const [saving, setSaving] = useState<Trigger>();
  const [choosing, setChoosing] = useState(false);
  const whole = useRef<HTMLDivElement>(null);
  const goTo = useFocusLater(whole);
  const goToTrigger = (at: number) =>
    goTo((within) => within.querySelectorAll(".kinescope-trigger")[at]?.querySelector("input"));
  const add = (at: number, trigger: Trigger) => {
    keys.current.splice(at, 0, next);
    setNext(next + 1);
    change([...triggers.slice(0, at), trigger, ...triggers.slice(at)]);
  };
  const remove = (at: number) => {
    keys.current.splice(at, 1);
    change(triggers.filter((_one, index) => index !== at));
    goTo((within) => within.querySelector<HTMLElement>(".kinescope-add-trigger"));
  };
  return (
    <div ref={whole}>
      <Stack hasGutter>
        {triggers.map((trigger, at) => {
          const field = notLogged(trigger, log, kinds);
          const known = FIELDS.find((one) => one.field === field);
          return (
            <StackItem key={keys.current[at]}>
              <TriggerEditor
                number={at + 1}
                trigger={trigger}
                kinds={kinds}
                refused={refusal && refusal.trigger === trigger.description ? refusal.what : undefined}
                {...(field && {
                  unlogged: {
                    what: known ? t(`logging.field.${known.field}.label`) : field,
                    // What stands under another field is not there without it.
                    choose: () => showLog(known?.under && !saidOf(log, known.under) ? known.under : field),
                    ...(known?.as === "flag" &&
                      !known.under && { log: () => setLog({ ...log, [field]: true }, [...triggers]) }),
                  },
                })}
                change={(changed) => change(triggers.map((one, index) => (index === at ? changed : one)))}
              >
                <Flex>
                  {!full && (
                    <Button
                      size="sm"
                      variant="link"
                      isInline
                      onClick={() => {
                        add(at + 1, { ...trigger });
                        goToTrigger(at + 1);
                      }}
                    >
                      {t("respond.duplicate")}
                    </Button>
                  )}
                  <Button size="sm" variant="link" isInline onClick={() => setSaving(trigger)}>
                    {t("templates.save")}
                  </Button>
                  <Button
                    size="sm"
                    variant="link"
                    isInline
                    isDanger
                    aria-label={t("respond.removeLabel", { number: at + 1 })}
                    onClick={() => remove(at)}
                  >
                    {t("respond.remove")}
                  </Button>
                </Flex>
              </TriggerEditor>
            </StackItem>
          );
        })}
        <StackItem>
          <Button
            variant="secondary"
            size="sm"
            className="kinescope-add-trigger"
            isDisabled={full}
            onClick={() => {
              add(triggers.length, {
                description: "",
                event: firstKind(kinds, log),
                conditions: [],
                actions: [],
              });
              goToTrigger(triggers.length);
            }}
          >
            {t("respond.addTrigger")}
          </Button>{" "}
          <Button variant="link" size="sm" isDisabled={full} onClick={() => setChoosing(true)}>
            {t("templates.open")}
          </Button>
          {full && (
            <span className="kinescope-aside"> {t("respond.full", { count: kinds.bounds.triggers })}</span>
          )}
          {saving && <SaveDialog trigger={saving} onClose={() => setSaving(undefined)} />}
          {choosing && (
            <TemplatesDialog
              insert={(trigger) => add(triggers.length, trigger)}
              onClose={() => setChoosing(false)}
            />
          )}
        </StackItem>
      </Stack>
    </div>
  );
}

/** The first kind that the rule logs and that can be said more about. */
function firstKind({ items }: EventKinds, log: Logging): string {
  const said = log as Record<string, unknown>;
  const logged = items.find(({ logged_by, triggers }) => triggers && logged_by && said[logged_by]);
  return (
    (logged ?? items.find(({ triggers, dimensions }) => triggers && dimensions.length > 0) ?? items[0])
      ?.name ?? ""
  );
}

interface TimingProps {
  kinds: EventKinds;
  responses: Responses;
  set: (part: Responses) => void;
}

function Timing({ kinds: { bounds }, responses, set }: TimingProps) {
  const { t } = useTranslation();
  const actions = (responses.triggers ?? []).flatMap((trigger) => trigger.actions);
  const records = actions.includes("record-screen");
  const interrupts = actions.some((action) => INTERRUPTING.includes(action));
  return (
    <div className="kinescope-two-lists">
      <NumberField
        label={t("respond.pauseLabel")}
        help={t("respond.pauseHelp", bounds.pause_seconds)}
        value={responses.pause_seconds ?? 0}
        {...bounds.pause_seconds}
        change={(pause_seconds = 0) => set({ pause_seconds })}
      />
      {records && (
        <NumberField
          label={t("respond.beforeLabel")}
          help={t("respond.beforeHelp", bounds.before_seconds)}
          value={responses.before_seconds ?? undefined}
          {...bounds.before_seconds}
          change={(before_seconds) => set({ before_seconds: before_seconds ?? null })}
        />
      )}
      {records && (
        <NumberField
          label={t("respond.afterLabel")}
          help={t("respond.afterHelp", bounds.after_minutes)}
          value={responses.after_minutes ?? undefined}
          {...bounds.after_minutes}
          change={(after_minutes) => set({ after_minutes: after_minutes ?? null })}
        />
      )}
      {interrupts && (
        <NumberField
          label={t("respond.noticeLabel")}
          help={t("respond.noticeHelp", bounds.notice_seconds)}
          value={responses.notice_seconds ?? 0}
          {...bounds.notice_seconds}
          change={(notice_seconds = 0) => set({ notice_seconds })}
        />
      )}
    </div>
  );
}
