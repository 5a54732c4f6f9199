/** What a rule does. Only what recorders can do is offered. */
import { Checkbox, FormGroup, Radio } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { noticesQuery } from "../../api/notices";
import { policiesQuery, type RecordingRule } from "../../api/policies";
import { Lines } from "./Lines";
import { actionWords } from "./words";

type Action = RecordingRule["action"];

interface ActionEditorProps {
  rule: RecordingRule;
  change: (rule: RecordingRule) => void;
}

/** Each choice, what recorders must be able to do for it, and what it means. */
const CHOICES = [
  { action: { do: "record-screen", notice: false }, needs: [], help: "rule.recordWithoutNoticeHelp" },
  { action: { do: "record-screen", notice: true }, needs: ["notice"], help: "rule.recordWithNoticeHelp" },
  { action: { do: "record-events", notice: false }, needs: ["events-only"], help: "rule.eventsHelp" },
  {
    action: { do: "record-events", notice: true },
    needs: ["events-only", "notice"],
    help: "rule.eventsWithNoticeHelp",
  },
  { action: { do: "do-not-record" }, needs: [], help: "rule.doNotRecordHelp" },
] as const satisfies readonly { action: Action; needs: readonly string[]; help: string }[];

function noticeOf(action: Action): boolean {
  return records(action) && action.notice;
}

type Recording = Exclude<Action, { do: "do-not-record" }>;

function records(action: Action): action is Recording {
  return action.do !== "do-not-record";
}

export function ActionEditor({ rule, change }: ActionEditorProps) {
  const { t } = useTranslation();
  const id = useId();
  const notYet = useQuery(policiesQuery).data?.not_yet ?? [];
  const { action: now } = rule;
  const choose = (action: Action) => {
    // What is said of the picture stays where there still is one.
    const kept = action.do === "record-screen" && now.do === "record-screen" ? now : {};
    const sign = records(action) && records(now) && now.indicator ? { indicator: now.indicator } : {};
    change({ ...rule, action: { ...kept, ...sign, ...action } });
  };
  return (
    <FormGroup role="radiogroup" label={t("rule.actionLabel")} fieldId={id}>
      {CHOICES.filter(({ needs }) => !needs.some((feature) => notYet.includes(feature))).map(
        ({ action, help }) => (
          <Radio
            key={help}
            id={`${id}-${help}`}
            name={id}
            label={actionWords(action, t)}
            description={t(help)}
            isChecked={action.do === now.do && noticeOf(action) === noticeOf(now)}
            onChange={() => choose(action)}
          />
        ),
      )}
      {noticeOf(now) && <HowTold />}
      {records(now) && <Sign action={now} change={(action) => change({ ...rule, action })} />}
      {now.do === "record-screen" && (
        <Lines
          label={t("rule.hide")}
          help={t("rule.hideHelp")}
          items={now.hide ?? []}
          change={(hide) => change({ ...rule, action: { ...now, hide } })}
        />
      )}
      {now.do === "record-screen" && (
        <IfDisturbed action={now} change={(action) => change({ ...rule, action })} />
      )}
      {now.do === "do-not-record" && (
        <Checkbox
          id={`${id}-user`}
          label={t("rule.letUserStart")}
          description={t("rule.letUserStartHelp")}
          isChecked={rule.user_may_start ?? false}
          onChange={(_event, checked) => change({ ...rule, user_may_start: checked })}
        />
      )}
    </FormGroup>
  );
}

interface SignProps {
  action: Recording;
  change: (action: Recording) => void;
}

/** Whether the session has a sign that says that it is recorded. */
function Sign({ action, change }: SignProps) {
  const { t } = useTranslation();
  const id = useId();
  const { indicator, ...plain } = action;
  const now = indicator ?? "as-told";
  return (
    <FormGroup role="radiogroup" label={t("rule.sign")} fieldId={id}>
      {(["as-told", "shown", "hidden"] as const).map((choice) => (
        <Radio
          key={choice}
          id={`${id}-${choice}`}
          name={id}
          label={t(`rule.signChoice.${choice}`)}
          description={t(`rule.signHelp.${choice}`)}
          isChecked={now === choice}
          onChange={() => change(choice === "as-told" ? plain : { ...plain, indicator: choice })}
        />
      ))}
    </FormGroup>
  );
}

type Screen = Extract<Action, { do: "record-screen" }>;

interface IfDisturbedProps {
  action: Screen;
  change: (action: Screen) => void;
}

/** What is done with a session that keeps from being recorded. */
function IfDisturbed({ action, change }: IfDisturbedProps) {
  const { t } = useTranslation();
  const id = useId();
  const { if_disturbed: now = "continue", ...plain } = action;
  return (
    <FormGroup role="radiogroup" label={t("rule.ifDisturbed")} fieldId={id}>
      {(["continue", "lock", "log-off"] as const).map((answer) => (
        <Radio
          key={answer}
          id={`${id}-${answer}`}
          name={id}
          label={t(`rule.disturbed.${answer}`)}
          description={t(`rule.disturbedHelp.${answer}`)}
          isChecked={now === answer}
          onChange={() => change(answer === "continue" ? plain : { ...plain, if_disturbed: answer })}
        />
      ))}
    </FormGroup>
  );
}

/** Whether users are told or asked is set for the whole site. */
function HowTold() {
  const { t } = useTranslation();
  const notices = useQuery(noticesQuery).data;
  return (
    <p className="kinescope-aside kinescope-how-told">
      {notices && t(notices.setting.consent ? "rule.areAsked" : "rule.areTold")}{" "}
      <Link to="/policies/notices">{t("rule.howTold")}</Link>
    </p>
  );
}
