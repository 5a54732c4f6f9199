/** What is asked before a policy is activated, copied or deleted. */
import {
  Button,
  Checkbox,
  Content,
  Form,
  FormGroup,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from "@patternfly/react-core";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  type Policy,
  type PolicyKind,
  useActivatePolicy,
  useCopyPolicy,
  useDeletePolicy,
} from "../../api/policies";
import { ConfirmDialog } from "../../feedback/ConfirmDialog";
import { ErrorState } from "../../feedback/ErrorState";
import { Forecast } from "./Forecast";
import { PAGES, titleOf } from "./names";

interface ActivateDialogProps {
  kind: PolicyKind;
  from: Policy;
  to: Policy;
  onClose: () => void;
  onDone: () => void;
}

export function ActivateDialog({ kind, from, to, onClose, onDone }: ActivateDialogProps) {
  const { t } = useTranslation();
  const activate = useActivatePolicy(kind);
  const [atOnce, setAtOnce] = useState(false);
  const names = { from: titleOf(from, t), policy: titleOf(to, t) };
  return (
    <ConfirmDialog
      wide={kind === "recording"}
      title={t("policies.confirmTitle", names)}
      action={t("policies.makeActive")}
      busy={activate.isPending}
      failure={activate.error ? { what: t("policies.activateFailed"), error: activate.error } : undefined}
      onConfirm={() => activate.mutate({ policy: to, insteadOf: from.id, atOnce }, { onSuccess: onDone })}
      onClose={onClose}
    >
      <Content component="p">{t(`policyKind.${kind}.confirmBody`, names)}</Content>
      {kind === "recording" && (
        <>
          <Forecast policy={to} />
          <Checkbox
            id="activate-at-once"
            label={t("policies.atOnce")}
            description={t(atOnce ? "policies.atOnceHelp" : "policies.running")}
            isChecked={atOnce}
            onChange={(_event, checked) => setAtOnce(checked)}
          />
        </>
      )}
    </ConfirmDialog>
  );
}

interface DialogProps {
  kind: PolicyKind;
  policy: Policy;
  onClose: () => void;
}

export function DeleteDialog({ kind, policy, onClose, onDone }: DialogProps & { onDone: () => void }) {
  const { t } = useTranslation();
  const remove = useDeletePolicy(kind);
  return (
    <ConfirmDialog
      danger
      title={t("policies.deleteTitle", { policy: titleOf(policy, t) })}
      action={t("policies.delete")}
      busy={remove.isPending}
      failure={remove.error ? { what: t("policies.deleteFailed"), error: remove.error } : undefined}
      onConfirm={() => remove.mutate(policy, { onSuccess: onDone })}
      onClose={onClose}
    >
      <Content component="p">{t(`policyKind.${kind}.deleteBody`)}</Content>
    </ConfirmDialog>
  );
}

/** Leads to the copy. */
export function CopyDialog({ kind, policy, onClose }: DialogProps) {
  const { t } = useTranslation();
  const copy = useCopyPolicy(kind);
  const navigate = useNavigate();
  const [name, setName] = useState(() => t("policies.copyName", { policy: titleOf(policy, t) }).slice(0, 64));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    copy.mutate(
      { id: policy.id, name },
      { onSuccess: (made) => void navigate({ to: PAGES[kind].one, params: { id: made.policy.id } }) },
    );
  };
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="copy-title">
      <ModalHeader title={t("policies.copyTitle", { policy: titleOf(policy, t) })} labelId="copy-title" />
      <ModalBody>
        <Form id="copy-policy" onSubmit={submit}>
          {copy.isError && <ErrorState what={t("policies.copyFailed")} error={copy.error} />}
          <FormGroup label={t("policies.name")} isRequired fieldId="copy-name">
            <TextInput
              id="copy-name"
              isRequired
              maxLength={64}
              value={name}
              onChange={(_event, value) => setName(value)}
            />
          </FormGroup>
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button
          type="submit"
          form="copy-policy"
          isLoading={copy.isPending}
          isDisabled={copy.isPending || !name.trim()}
        >
          {t("policies.copy")}
        </Button>
        <Button variant="link" onClick={onClose}>
          {t("action.cancel")}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
