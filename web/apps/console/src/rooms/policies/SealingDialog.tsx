/** Changes what of new recordings is sealed, and for whom. */
import {
  Alert,
  Button,
  Checkbox,
  Content,
  Form,
  FormFieldGroup,
  FormFieldGroupHeader,
  FormGroup,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from "@patternfly/react-core";
import { PlusCircleIcon, TrashIcon } from "@patternfly/react-icons";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Sealing, useSetSealing } from "../../api/sealing";
import { ErrorState } from "../../feedback/ErrorState";
import { sealClassText } from "./names";

interface SealingDialogProps {
  sealing: Sealing;
  onClose: () => void;
  onDone: () => void;
}

/** A line of the form; the number keeps it apart from the others while it is edited. */
interface Line {
  id: number;
  name: string;
  public_key: string;
}

export function SealingDialog({ sealing, onClose, onDone }: SealingDialogProps) {
  const { t } = useTranslation();
  const [lines, setLines] = useState<Line[]>(() => firstLines(sealing));
  const [classes, setClasses] = useState(
    sealing.classes.length > 0 ? sealing.classes : sealing.possible_classes,
  );
  const [understood, setUnderstood] = useState(false);
  const save = useSetSealing();
  // The form may be scrolled to its end when it is refused: what was wrong must be seen and heard.
  const refusal = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (save.isError) refusal.current?.focus();
  }, [save.isError]);

  const filled = lines.filter((line) => line.name.trim() || line.public_key.trim());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const recipients = filled.map(({ name, public_key }) => ({
      name: name.trim(),
      public_key: public_key.trim(),
    }));
    const seals = recipients.length > 0;
    save.mutate({ classes: seals ? classes : [], recipients }, { onSuccess: onDone });
  };

  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-labelledby="sealing-title">
      <ModalHeader title={t("sealing.dialogTitle")} labelId="sealing-title" />
      <ModalBody>
        <Form id="sealing" onSubmit={submit}>
          {save.isError && (
            <div ref={refusal} tabIndex={-1}>
              <ErrorState what={t("sealing.changeFailed")} error={save.error} />
            </div>
          )}
          <Content component="p">{t("sealing.dialogIntro")}</Content>
          <FormGroup role="group" label={t("sealing.classes")} fieldId="sealing-classes">
            {sealing.possible_classes.map((name) => (
              <Checkbox
                key={name}
                id={`sealing-${name}`}
                label={sealClassText(name, t)}
                isChecked={classes.includes(name)}
                onChange={(_event, checked) =>
                  setClasses(checked ? [...classes, name] : classes.filter((other) => other !== name))
                }
              />
            ))}
          </FormGroup>
          <Recipients lines={lines} most={sealing.most_recipients} change={setLines} />
          {filled.length > 0 ? (
            <Alert isInline variant="warning" title={t("sealing.warningTitle")} component="h3">
              <Content component="p">{t("sealing.warningBody")}</Content>
              <Checkbox
                id="sealing-understood"
                label={t("sealing.understood")}
                isChecked={understood}
                onChange={(_event, checked) => setUnderstood(checked)}
              />
            </Alert>
          ) : (
            <Alert isInline isPlain variant="info" title={t("sealing.willBeOpen")} component="p" />
          )}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button
          type="submit"
          form="sealing"
          isLoading={save.isPending}
          isDisabled={save.isPending || (filled.length > 0 && !understood)}
        >
          {t(filled.length > 0 ? "sealing.seal" : "sealing.leaveOpen")}
        </Button>
        <Button variant="link" onClick={onClose}>
          {t("action.cancel")}
        </Button>
      </ModalFooter>
    </Modal>
  );
}

function firstLines({ recipients }: Sealing): Line[] {
  const lines = recipients.map(({ name, public_key }, id) => ({ id, name, public_key }));
  return lines.length > 0 ? lines : [{ id: 0, name: "", public_key: "" }];
}

interface RecipientsProps {
  lines: Line[];
  most: number;
  change: (lines: Line[]) => void;
}

function Recipients({ lines, most, change }: RecipientsProps) {
  const { t } = useTranslation();
  const set = (id: number, fields: Partial<Line>) =>
    change(lines.map((line) => (line.id === id ? { ...line, ...fields } : line)));
  // Where the keyboard goes on, after a line has come or the one with the focus has gone.
  const [next, setNext] = useState<{ id: string }>();
  useEffect(() => {
    if (next) document.getElementById(next.id)?.focus();
  }, [next]);
  const add = () => {
    const id = Math.max(-1, ...lines.map((line) => line.id)) + 1;
    change([...lines, { id, name: "", public_key: "" }]);
    setNext({ id: `recipient-${id}` });
  };
  const remove = (id: number) => {
    change(lines.filter((line) => line.id !== id));
    setNext({ id: "recipient-add" });
  };
  return (
    <FormFieldGroup
      header={
        <FormFieldGroupHeader
          titleText={{ text: t("sealing.recipients"), id: "sealing-recipients" }}
          titleDescription={t("sealing.recipientsHelp")}
        />
      }
    >
      {lines.map((line, at) => (
        <div key={line.id} className="kinescope-recipient">
          <TextInput
            id={`recipient-${line.id}`}
            aria-label={t("sealing.name", { number: at + 1 })}
            placeholder={t("sealing.namePlaceholder")}
            value={line.name}
            maxLength={64}
            onChange={(_event, name) => set(line.id, { name })}
          />
          <TextInput
            aria-label={t("sealing.key", { number: at + 1 })}
            placeholder="kinescope-key-…"
            value={line.public_key}
            maxLength={128}
            spellCheck={false}
            onChange={(_event, public_key) => set(line.id, { public_key })}
          />
          <Button
            variant="plain"
            icon={<TrashIcon />}
            aria-label={t("sealing.remove", { name: line.name || String(at + 1) })}
            onClick={() => remove(line.id)}
          />
        </div>
      ))}
      {lines.length < most && (
        <Button id="recipient-add" variant="link" isInline icon={<PlusCircleIcon />} onClick={add}>
          {t("sealing.add")}
        </Button>
      )}
    </FormFieldGroup>
  );
}
