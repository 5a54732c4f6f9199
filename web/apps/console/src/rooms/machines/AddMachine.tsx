/** Lets a new machine in, or one that is known again: makes a token and says exactly what to type there. */
import {
  Alert,
  Button,
  CodeBlock,
  CodeBlockAction,
  CodeBlockCode,
  Content,
  Form,
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from "@patternfly/react-core";
import { CheckIcon, CopyIcon } from "@patternfly/react-icons";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Machine, useCreateToken } from "../../api/machines";
import { useLocale } from "../../app/locale";
import { ErrorState } from "../../feedback/ErrorState";
import { formatMomentWithZone } from "../../format/time";
import { enrolmentCommands } from "./commands";

const VALIDITIES = [
  ["hour", 3_600],
  ["day", 86_400],
  ["week", 604_800],
] as const;

const DEFAULT_SECS = 86_400;

interface AddMachineProps {
  /** The known machine that is let in again. */
  machine?: Machine;
  onClose: () => void;
}

export function AddMachine({ machine, onClose }: AddMachineProps) {
  const { t } = useTranslation();
  const [note, setNote] = useState("");
  const [validSecs, setValidSecs] = useState(DEFAULT_SECS);
  const create = useCreateToken();
  const made = create.data;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({ note: note.trim(), valid_secs: validSecs, machine_id: machine?.id ?? null });
  };

  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-labelledby="add-machine-title">
      <ModalHeader
        title={machine ? t("addMachine.againTitle", { name: machine.name }) : t("addMachine.title")}
        labelId="add-machine-title"
      />
      <ModalBody tabIndex={0}>
        {made ? (
          <Commands token={made.token} expiresUs={made.item.expires_us} machine={machine} />
        ) : (
          <Form id="add-machine" onSubmit={submit}>
            {machine && <Content component="p">{t("addMachine.againBody")}</Content>}
            {create.isError && <ErrorState what={t("addMachine.failed")} error={create.error} />}
            <FormGroup label={t("addMachine.note")} fieldId="add-machine-note">
              <TextInput
                id="add-machine-note"
                value={note}
                maxLength={200}
                onChange={(_event, value) => setNote(value)}
                aria-describedby="add-machine-note-help"
              />
              <FormHelperText>
                <HelperText id="add-machine-note-help">
                  <HelperTextItem>{t("addMachine.noteHelp")}</HelperTextItem>
                </HelperText>
              </FormHelperText>
            </FormGroup>
            <FormGroup label={t("addMachine.valid")} fieldId="add-machine-valid">
              <FormSelect
                id="add-machine-valid"
                value={validSecs}
                onChange={(_event, value) => setValidSecs(Number(value))}
              >
                {VALIDITIES.map(([name, secs]) => (
                  <FormSelectOption key={name} value={secs} label={t(`addMachine.${name}`)} />
                ))}
              </FormSelect>
            </FormGroup>
          </Form>
        )}
      </ModalBody>
      <ModalFooter>
        {made ? (
          <Button onClick={onClose}>{t("addMachine.done")}</Button>
        ) : (
          <>
            <Button
              type="submit"
              form="add-machine"
              isLoading={create.isPending}
              isDisabled={create.isPending}
            >
              {t("addMachine.make")}
            </Button>
            <Button variant="link" onClick={onClose}>
              {t("action.cancel")}
            </Button>
          </>
        )}
      </ModalFooter>
    </Modal>
  );
}

interface CommandsProps {
  token: string;
  expiresUs: number;
  machine?: Machine;
}

function Commands({ token, expiresUs, machine }: CommandsProps) {
  const { t } = useTranslation();
  const until = formatMomentWithZone(expiresUs, useLocale());
  const { keep, enrol, start } = enrolmentCommands(
    new URL(window.location.origin),
    token,
    machine !== undefined,
  );
  return (
    <>
      <Alert isInline variant="info" component="p" title={t("addMachine.once", { until })} />
      <ol className="kinescope-steps">
        <Step
          text={machine ? t("addMachine.againStep1", { name: machine.name }) : t("addMachine.step1")}
          command={keep}
        />
        <Step text={t("addMachine.step2")} command={enrol} />
        <Step text={t("addMachine.step3")} command={start} />
      </ol>
      {!machine && <Content component="p">{t("addMachine.after")}</Content>}
    </>
  );
}

function Step({ text, command }: { text: string; command: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard.writeText(command).then(() => setCopied(true));
  };
  return (
    <li>
      {text}
      <CodeBlock
        actions={
          <CodeBlockAction>
            <Button
              variant="plain"
              icon={copied ? <CheckIcon /> : <CopyIcon />}
              title={t(copied ? "action.copied" : "action.copy")}
              aria-label={`${t(copied ? "action.copied" : "action.copy")}: ${command}`}
              onClick={copy}
            />
          </CodeBlockAction>
        }
      >
        <CodeBlockCode>{command}</CodeBlockCode>
      </CodeBlock>
    </li>
  );
}
