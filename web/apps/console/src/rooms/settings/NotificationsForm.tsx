/** The form for mail and webhook. What is changed is tried by the server before it is kept. */
import {
  ActionList,
  ActionListItem,
  Alert,
  Button,
  Checkbox,
  Form,
  FormFieldGroup,
  FormFieldGroupHeader,
  FormGroup,
} from "@patternfly/react-core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type NotificationPage, useSetNotifications } from "../../api/notifications";
import { ErrorState } from "../../feedback/ErrorState";
import { LeaveGuard } from "../../feedback/LeaveGuard";
import {
  type Draft,
  draftOf,
  type Fault,
  faultsOf,
  LANGUAGES,
  newSecret,
  SECURITIES,
  SUBJECT_PARTS,
  settingOf,
} from "./draft";
import { ChoiceField, LongField, TextField } from "./fields";
import { MailText } from "./MailText";

interface FormProps {
  page: NotificationPage;
  onSaved: (saved: boolean) => void;
}

export function NotificationsForm({ page, onSaved }: FormProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(() => draftOf(page.setting, page.default_language));
  const [testTo, setTestTo] = useState("");
  const [tried, setTried] = useState(false);
  const save = useSetNotifications();
  const setting = settingOf(draft);
  const isChanged =
    JSON.stringify(setting) !== JSON.stringify(settingOf(draftOf(page.setting, page.default_language))) ||
    draft.password !== "" ||
    draft.secret !== "";
  const faults = faultsOf(draft, page);
  const change = (changed: Partial<Draft>) => {
    setDraft((now) => ({ ...now, ...changed }));
    onSaved(false);
  };
  const submit = (untested: boolean) => {
    setTried(true);
    if (faults.length > 0) {
      return;
    }
    const body = {
      setting,
      instead_of: page.setting,
      untested,
      ...(draft.mail && draft.password !== "" && { password: draft.password }),
      ...(draft.webhook && draft.secret !== "" && { secret: draft.secret }),
      ...(draft.mail && testTo.trim() !== "" && { test_to: testTo.trim() }),
    };
    save.mutate(body, { onSuccess: () => onSaved(true) });
  };
  const wrong = (name: Fault) => tried && faults.includes(name);
  return (
    <Form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        submit(false);
      }}
      noValidate
      isWidthLimited
      aria-label={t("notifications.title")}
    >
      <LeaveGuard changed={isChanged} />
      <TextField
        id="public-address"
        label={t("notifications.publicAddress")}
        help={t("notifications.publicAddressHelp", { address: page.default_address })}
        value={draft.publicAddress}
        onChange={(publicAddress) => change({ publicAddress })}
      />
      <MailFields draft={draft} page={page} change={change} wrong={wrong} />
      {draft.mail && (
        <TextField
          id="test-to"
          label={t("notifications.testTo")}
          help={t("notifications.testToHelp")}
          value={testTo}
          onChange={setTestTo}
        />
      )}
      <HookFields draft={draft} page={page} change={change} wrong={wrong} />
      {tried && faults.length > 0 && (
        <div role="alert">
          <Alert isInline variant="danger" title={t("notifications.faults")} component="p">
            {faults.map((fault) => t(`notifications.fault.${fault}`)).join(" ")}
          </Alert>
        </div>
      )}
      {save.error && (
        <div role="alert">
          <ErrorState what={t("notifications.saving")} error={save.error} />
        </div>
      )}
      <ActionList>
        <ActionListItem>
          <Button type="submit" isLoading={save.isPending} isDisabled={save.isPending || !isChanged}>
            {t("notifications.save")}
          </Button>
        </ActionListItem>
        {save.error && (
          <ActionListItem>
            <Button variant="secondary" isDisabled={save.isPending} onClick={() => submit(true)}>
              {t("notifications.saveUntested")}
            </Button>
          </ActionListItem>
        )}
      </ActionList>
    </Form>
  );
}

interface PartProps {
  draft: Draft;
  page: NotificationPage;
  change: (changed: Partial<Draft>) => void;
  wrong: (name: Fault) => boolean;
}

function MailFields({ draft, page, change, wrong }: PartProps) {
  const { t } = useTranslation();
  const switched = (
    <Checkbox
      id="mail-on"
      label={t("notifications.mailOn")}
      isChecked={draft.mail}
      onChange={(_event, mail) => change({ mail })}
    />
  );
  if (!draft.mail) {
    return switched;
  }
  const header = <FormFieldGroupHeader titleText={{ text: t("notifications.mail"), id: "mail-fields" }} />;
  return (
    <>
      {switched}
      <FormFieldGroup header={header}>
        <TextField
          id="mail-host"
          label={t("notifications.host")}
          value={draft.host}
          wrong={wrong("host")}
          onChange={(host) => change({ host })}
        />
        <TextField
          id="mail-port"
          label={t("notifications.port")}
          value={draft.port}
          wrong={wrong("port")}
          onChange={(port) => change({ port })}
        />
        <ChoiceField
          id="mail-security"
          label={t("notifications.security")}
          value={draft.security}
          choices={SECURITIES.map((one) => [one, t(`notifications.securities.${one}`)] as const)}
          onChange={(security) => change({ security })}
        />
        <TextField
          id="mail-user"
          label={t("notifications.user")}
          help={t("notifications.userHelp")}
          value={draft.user}
          onChange={(user) => change({ user })}
        />
        {draft.user !== "" && (
          <TextField
            id="mail-password"
            label={t("notifications.password")}
            type="password"
            help={t(page.has_password ? "notifications.passwordKept" : "notifications.passwordNeeded")}
            value={draft.password}
            onChange={(password) => change({ password })}
          />
        )}
        <TextField
          id="mail-sender"
          label={t("notifications.sender")}
          value={draft.sender}
          wrong={wrong("sender")}
          onChange={(sender) => change({ sender })}
        />
        <TextField
          id="mail-per-second"
          label={t("notifications.perSecond")}
          value={draft.perSecond}
          wrong={wrong("perSecond")}
          onChange={(perSecond) => change({ perSecond })}
        />
        <FormGroup role="group" label={t("notifications.subject")} fieldId="mail-subject">
          {SUBJECT_PARTS.map((part) => (
            <Checkbox
              key={part}
              id={`mail-subject-${part}`}
              label={t(`notifications.subjectParts.${part}`)}
              isChecked={draft.subject.includes(part)}
              onChange={(_event, wanted) =>
                change({
                  subject: wanted ? [...draft.subject, part] : draft.subject.filter((one) => one !== part),
                })
              }
            />
          ))}
        </FormGroup>
        <ChoiceField
          id="mail-language"
          label={t("notifications.language")}
          value={draft.language}
          choices={LANGUAGES.map((one) => [one, t(`notifications.languages.${one}`)] as const)}
          onChange={(language) => change({ language })}
        />
        <MailText
          language={draft.language}
          text={draft.texts[draft.language]}
          change={(text) => change({ texts: { ...draft.texts, [draft.language]: text } })}
        />
        <LongField
          id="mail-certificate"
          label={t("notifications.certificate")}
          help={t("notifications.certificateHelp")}
          value={draft.certificate}
          onChange={(certificate) => change({ certificate })}
        />
      </FormFieldGroup>
    </>
  );
}

function HookFields({ draft, page, change, wrong }: PartProps) {
  const { t } = useTranslation();
  const switched = (
    <Checkbox
      id="webhook-on"
      label={t("notifications.webhookOn")}
      isChecked={draft.webhook}
      onChange={(_event, webhook) => change({ webhook })}
    />
  );
  if (!draft.webhook) {
    return switched;
  }
  const header = (
    <FormFieldGroupHeader titleText={{ text: t("notifications.webhook"), id: "webhook-fields" }} />
  );
  return (
    <>
      {switched}
      <FormFieldGroup header={header}>
        <TextField
          id="webhook-url"
          label={t("notifications.url")}
          help={t("notifications.urlHelp")}
          value={draft.url}
          wrong={wrong("url")}
          onChange={(url) => change({ url })}
        />
        <TextField
          id="webhook-secret"
          label={t("notifications.secret")}
          help={t(page.has_secret ? "notifications.secretKept" : "notifications.secretNeeded")}
          value={draft.secret}
          wrong={wrong("secret")}
          onChange={(secret) => change({ secret })}
        />
        <Button variant="link" isInline onClick={() => change({ secret: newSecret() })}>
          {t("notifications.makeSecret")}
        </Button>
        <LongField
          id="webhook-certificate"
          label={t("notifications.certificate")}
          help={t("notifications.certificateHelp")}
          value={draft.hookCertificate}
          onChange={(hookCertificate) => change({ hookCertificate })}
        />
      </FormFieldGroup>
    </>
  );
}
