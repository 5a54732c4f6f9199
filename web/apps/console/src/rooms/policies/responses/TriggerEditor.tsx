/** One trigger: what has to happen, and what is done then. Above the fields it reads as a sentence. */
import {
  Alert,
  AlertActionLink,
  Button,
  Checkbox,
  Flex,
  FormGroup,
  FormSelect,
  FormSelectOption,
  TextInput,
} from "@patternfly/react-core";
import { type ReactNode, useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { EventKinds } from "../../../api/eventKinds";
import { useFocusLater } from "../../../shell/useFocusLater";
import { wordOfKind } from "../../player/events/words";
import { ConditionEditor } from "./ConditionEditor";
import { newCondition, type Trigger, withEvent } from "./draft";
import { actionWords, triggerWords } from "./words";

interface TriggerEditorProps {
  number: number;
  trigger: Trigger;
  kinds: EventKinds;
  change: (trigger: Trigger) => void;
  /** Why the server refused it. */
  refused?: string | undefined;
  /** It waits in vain: its event is not logged; and the way to log it, where one click can. */
  unlogged?: { what: string; log?: (() => void) | undefined; choose: () => void } | undefined;
  children?: ReactNode;
}

export function TriggerEditor({
  number,
  trigger,
  kinds,
  change,
  refused,
  unlogged,
  children,
}: TriggerEditorProps) {
  const { t, i18n } = useTranslation();
  const id = useId();
  const kind = kinds.items.find(({ name }) => name === trigger.event);
  return (
    <fieldset className="kinescope-trigger" aria-label={t("respond.triggerLabel", { number })}>
      <p className="kinescope-trigger-sentence">
        <strong>{triggerWords(trigger, t, i18n.language)}</strong>
      </p>
      {refused && (
        <Alert isInline isLiveRegion variant="danger" title={t("respond.refused")} component="p">
          {refused}
        </Alert>
      )}
      {unlogged && (
        <Alert
          isInline
          variant="warning"
          title={t("respond.notLogged", { what: unlogged.what })}
          component="p"
          actionLinks={
            unlogged.log ? (
              <AlertActionLink onClick={unlogged.log}>{t("respond.logIt")}</AlertActionLink>
            ) : (
              <AlertActionLink onClick={unlogged.choose}>{t("respond.chooseLogged")}</AlertActionLink>
            )
          }
        />
      )}
      <FormGroup label={t("respond.description")} isRequired fieldId={`${id}-description`}>
        <TextInput
          id={`${id}-description`}
          isRequired
          maxLength={kinds.bounds.description_chars}
          value={trigger.description}
          onChange={(_event, description) => change({ ...trigger, description })}
        />
      </FormGroup>
      <FormGroup label={t("respond.when")} fieldId={`${id}-event`}>
        <FormSelect
          id={`${id}-event`}
          value={trigger.event}
          onChange={(_event, name) => {
            const other = kinds.items.find((one) => one.name === name);
            if (other) {
              change(withEvent(trigger, other));
            }
          }}
        >
          {kinds.items
            .filter(({ name, triggers }) => triggers || name === trigger.event)
            .map(({ name }) => (
              <FormSelectOption key={name} value={name} label={wordOfKind(name, t)} />
            ))}
        </FormSelect>
      </FormGroup>
      {kind && <Conditions trigger={trigger} kind={kind} most={kinds.bounds.conditions} change={change} />}
      <FormGroup role="group" label={t("respond.then")} fieldId={`${id}-then`} className="kinescope-actions">
        <Flex>
          {kinds.actions.map((action) => (
            <Checkbox
              key={action}
              id={`${id}-${action}`}
              label={actionWords(action, t)}
              isChecked={trigger.actions.includes(action)}
              onChange={(_event, checked) =>
                change({
                  ...trigger,
                  actions: kinds.actions.filter((one) =>
                    one === action ? checked : trigger.actions.includes(one),
                  ),
                })
              }
            />
          ))}
        </Flex>
      </FormGroup>
      {children}
    </fieldset>
  );
}

interface ConditionsProps {
  trigger: Trigger;
  kind: EventKinds["items"][number];
  most: number;
  change: (trigger: Trigger) => void;
}

function Conditions({ trigger, kind, most, change }: ConditionsProps) {
  const { t } = useTranslation();
  const whole = useRef<HTMLDivElement>(null);
  const goTo = useFocusLater(whole);
  const conditions = trigger.conditions ?? [];
  // The next one is about something that none is about yet, where there is something.
  const next =
    kind.dimensions.find(({ field }) => !conditions.some((one) => one.field === field)) ?? kind.dimensions[0];
  if (!next) {
    return <div className="kinescope-aside">{t("respond.noConditions")}</div>;
  }
  return (
    <div ref={whole} className="kinescope-conditions">
      {conditions.map((condition, at) => (
        <ConditionEditor
          key={at}
          number={at + 1}
          condition={condition}
          kind={kind}
          change={(changed) =>
            change({ ...trigger, conditions: conditions.map((one, index) => (index === at ? changed : one)) })
          }
          remove={() => {
            change({ ...trigger, conditions: conditions.filter((_one, index) => index !== at) });
            goTo((within) => within.querySelector<HTMLElement>(":scope > button"));
          }}
        />
      ))}
      {conditions.length < most && (
        <Button
          size="sm"
          variant="link"
          isInline
          className="kinescope-add-rule"
          onClick={() => {
            change({ ...trigger, conditions: [...conditions, newCondition(next)] });
            goTo((within) => within.querySelector<HTMLElement>("fieldset:last-of-type select"));
          }}
        >
          {t("respond.addCondition")}
        </Button>
      )}
    </div>
  );
}
