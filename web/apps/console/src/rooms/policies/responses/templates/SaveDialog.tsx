/** Keeps a trigger as a template. */
import {
  Button,
  FormGroup,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from "@patternfly/react-core";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCreateTemplate } from "../../../../api/templates";
import { ErrorState } from "../../../../feedback/ErrorState";
import type { Trigger } from "../draft";
import { triggerWords } from "../words";

interface SaveDialogProps {
  trigger: Trigger;
  onClose: () => void;
}

export function SaveDialog({ trigger, onClose }: SaveDialogProps) {
  const { t, i18n } = useTranslation();
  const id = useId();
  const save = useCreateTemplate();
  const [typed, setTyped] = useState({
    name: trigger.description.slice(0, 64),
    theme: "",
    category: "",
    keywords: "",
  });
  const field = (name: keyof typeof typed) => (
    <FormGroup label={t(`templates.${name}`)} isRequired={name === "name"} fieldId={`${id}-${name}`}>
      <TextInput
        id={`${id}-${name}`}
        isRequired={name === "name"}
        maxLength={name === "keywords" ? 400 : 64}
        value={typed[name]}
        onChange={(_event, value) => setTyped({ ...typed, [name]: value })}
      />
    </FormGroup>
  );
  const keep = () =>
    save.mutate(
      {
        name: typed.name.trim(),
        theme: typed.theme.trim(),
        category: typed.category.trim(),
        keywords: typed.keywords
          .split(",")
          .map((word) => word.trim())
          .filter((word) => word !== ""),
        trigger,
      },
      { onSuccess: onClose },
    );
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby={`${id}-title`}>
      <ModalHeader title={t("templates.saveTitle")} labelId={`${id}-title`} />
      <ModalBody>
        {/* Not a form: one stands around the rule, and would be sent with it. */}
        <div className="pf-v6-c-form">
          <p>{triggerWords(trigger, t, i18n.language)}</p>
          {save.isError && <ErrorState what={t("templates.saving")} error={save.error} />}
          {field("name")}
          {field("theme")}
          {field("category")}
          {field("keywords")}
        </div>
      </ModalBody>
      <ModalFooter>
        <Button isLoading={save.isPending} isDisabled={save.isPending || !typed.name.trim()} onClick={keep}>
          {t("action.save")}
        </Button>
        <Button variant="link" onClick={onClose}>
          {t("action.cancel")}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
