/** What would become of a session: typed in, or one that was recorded. */
import {
  Alert,
  Button,
  Card,
  CardBody,
  CardTitle,
  Content,
  Form,
  FormGroup,
  FormSelect,
  FormSelectOption,
  TextInput,
} from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../api/client";
import {
  type Decision,
  type PolicyDocument,
  type PolicyKind,
  type PolicyQuestion,
  type Session,
  useTryPolicy,
} from "../../api/policies";
import { recordingsPageQuery } from "../../api/recordings";
import { mayEnter } from "../../app/access";
import { useLocale } from "../../app/locale";
import { ErrorState } from "../../feedback/ErrorState";
import { DAYS, type Day } from "./draft";
import { useWords } from "./words";

interface WhatIfProps {
  kind: PolicyKind;
  /** What is to decide: a policy as it is kept, or as it stands in the form. */
  by: { policy: string } | { document: PolicyDocument };
}

const NOBODY = {
  user: "",
  groups: "",
  machine: "",
  delivery_groups: "",
  opened: "",
  client_address: "",
  tags: "",
  day: "",
  time: "",
};

export function WhatIf({ kind, by }: WhatIfProps) {
  const { t } = useTranslation();
  const attempt = useTryPolicy(kind);
  const [typed, setTyped] = useState(NOBODY);
  const [recording, setRecording] = useState("");
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const asked = { ...by, ...(recording ? { recording } : { session: sessionOf(typed) }) };
    attempt.mutate(asked as PolicyQuestion);
  };
  const field = (name: Exclude<keyof typeof NOBODY, "day">, placeholder = "") => (
    <FormGroup label={t(`whatIf.${name}`)} fieldId={`${id}-${name}`}>
      <TextInput
        id={`${id}-${name}`}
        value={typed[name]}
        placeholder={placeholder}
        spellCheck={false}
        isDisabled={recording !== ""}
        onChange={(_event, value) => setTyped({ ...typed, [name]: value })}
      />
    </FormGroup>
  );
  return (
    <Card isCompact component="section" aria-labelledby={`${id}-title`} className="kinescope-what-if">
      <CardTitle component="h2" id={`${id}-title`}>
        {t("whatIf.title")}
      </CardTitle>
      <CardBody>
        <Form onSubmit={submit}>
          <Content component="p">{t("whatIf.intro")}</Content>
          <PastSession id={`${id}-recording`} chosen={recording} choose={setRecording} />
          {field("user", "ana")}
          {field("groups", "finance, staff")}
          {field("machine", "fin-03")}
          {field("delivery_groups")}
          {field("opened", "desktop")}
          {field("client_address", "10.2.0.7")}
          {field("tags")}
          <FormGroup label={t("whatIf.day")} fieldId={`${id}-day`}>
            <FormSelect
              id={`${id}-day`}
              value={typed.day}
              isDisabled={recording !== ""}
              onChange={(_event, day) => setTyped({ ...typed, day })}
            >
              <FormSelectOption value="" label={t("whatIf.unknown")} />
              {DAYS.map((day) => (
                <FormSelectOption key={day} value={day} label={t(`rule.day.${day}`)} />
              ))}
            </FormSelect>
          </FormGroup>
          {field("time", "09:30")}
          <Button type="submit" variant="secondary" isLoading={attempt.isPending}>
            {t("whatIf.ask")}
          </Button>
        </Form>
        <div aria-live="polite" className="kinescope-what-if-answer">
          {attempt.isError && <ErrorState what={t("whatIf.asking")} error={attempt.error} />}
          {attempt.data && !attempt.isError && <Answer decision={attempt.data} />}
        </div>
      </CardBody>
    </Card>
  );
}

/** Sessions that were recorded, for those who may see recordings. */
function PastSession({ id, chosen, choose }: { id: string; chosen: string; choose: (id: string) => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const plays = mayEnter(useMe().roles, "recordings");
  const recordings = useQuery({ ...recordingsPageQuery({}, 0), enabled: plays, refetchInterval: false }).data;
  if (!plays) {
    return null;
  }
  const time = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  return (
    <FormGroup label={t("whatIf.session")} fieldId={id}>
      <FormSelect id={id} value={chosen} onChange={(_event, value) => choose(value)}>
        <FormSelectOption value="" label={t("whatIf.typed")} />
        {recordings?.items.map((item) => (
          <FormSelectOption
            key={item.id}
            value={item.id}
            label={`${item.user} · ${item.machine} · ${time.format(item.start_us / 1000)}`}
          />
        ))}
      </FormSelect>
    </FormGroup>
  );
}

function Answer({ decision }: { decision: Decision }) {
  const { t } = useTranslation();
  const words = useWords();
  const { policy, rules, reason, session } = decision;
  const record = "record" in decision && decision.record;
  const title =
    "record" in decision
      ? t(record ? "whatIf.recorded" : "whatIf.notRecorded")
      : t("whatIf.logged", { what: decision.log ? words.log(decision.log) : t("logging.byMachine") });
  return (
    <Alert isInline variant={record ? "success" : "info"} title={title} component="h3">
      <p>
        {t("whatIf.of", { user: session.user || "–", machine: session.machine || "–" })}{" "}
        {rules.length > 0
          ? t("whatIf.by", { policy, rules: rules.join(", ") })
          : t("whatIf.byNone", { policy })}
      </p>
      <p className="kinescope-reason">{reason}</p>
    </Alert>
  );
}

function names(text: string): string[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

function sessionOf(typed: typeof NOBODY): Session {
  return {
    user: typed.user.trim(),
    groups: names(typed.groups),
    machine: typed.machine.trim(),
    delivery_groups: names(typed.delivery_groups),
    tags: names(typed.tags),
    ...(typed.opened.trim() && { opened: typed.opened.trim() }),
    ...(typed.client_address.trim() && { client_address: typed.client_address.trim() }),
    ...(typed.day && { day: typed.day as Day }),
    ...(typed.time && { time: typed.time.trim() }),
  };
}
