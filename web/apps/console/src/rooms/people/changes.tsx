/** What can be changed about a person: roles, password, and whether the person may log in. */
import { Button, Content, Form, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../api/client";
import { type Person, useSetRoles, useUpdatePerson } from "../../api/people";
import { ConfirmDialog } from "../../feedback/ConfirmDialog";
import { ErrorState } from "../../feedback/ErrorState";
import { isLongEnough, PasswordField } from "../../shell/PasswordField";
import { RoleChoice } from "./RoleChoice";

interface ChangeProps {
  person: Person;
  onClose: () => void;
}

export function RolesDialog({ person, onClose }: ChangeProps) {
  const { t } = useTranslation();
  const isMe = useMe().user === person.name;
  const [roles, setRoles] = useState(person.roles);
  const change = useSetRoles();
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="roles-title">
      <ModalHeader title={t("people.rolesTitle", { name: person.name })} labelId="roles-title" />
      <ModalBody>
        {change.isError && <ErrorState what={t("people.changeFailed")} error={change.error} />}
        <RoleChoice
          roles={roles}
          change={setRoles}
          kept={isMe ? { role: "policy-administrator", why: t("people.ownAdmin") } : undefined}
        />
      </ModalBody>
      <ModalFooter>
        <Button
          isLoading={change.isPending}
          isDisabled={change.isPending}
          onClick={() => change.mutate({ id: person.id, roles }, { onSuccess: onClose })}
        >
          {t("action.save")}
        </Button>
        <Button variant="link" onClick={onClose}>
          {t("action.cancel")}
        </Button>
      </ModalFooter>
    </Modal>
  );
}

export function PasswordDialog({ person, onClose }: ChangeProps) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const change = useUpdatePerson();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (isLongEnough(password)) {
      change.mutate({ id: person.id, password }, { onSuccess: onClose });
    }
  };
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="person-password-title">
      <ModalHeader
        title={t("people.passwordTitle", { name: person.name })}
        description={t("people.passwordBody", { name: person.name })}
        labelId="person-password-title"
      />
      <ModalBody>
        <Form id="person-password-form" onSubmit={submit}>
          {change.isError && <ErrorState what={t("people.changeFailed")} error={change.error} />}
          <PasswordField
            id="person-password"
            label={t("people.newPassword")}
            autoComplete="new-password"
            value={password}
            onChange={setPassword}
            help={t("people.passwordHelp")}
            error={tried && !isLongEnough(password) ? t("password.tooShort") : undefined}
          />
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button
          type="submit"
          form="person-password-form"
          isLoading={change.isPending}
          isDisabled={change.isPending}
        >
          {t("people.passwordSet")}
        </Button>
        <Button variant="link" onClick={onClose}>
          {t("action.cancel")}
        </Button>
      </ModalFooter>
    </Modal>
  );
}

/** Locking somebody out asks once; letting somebody in again is undone as easily, and is asked the same way. */
export function LockDialog({ person, onClose }: ChangeProps) {
  const { t } = useTranslation();
  const change = useUpdatePerson();
  const locks = person.enabled;
  return (
    <ConfirmDialog
      danger={locks}
      title={t(locks ? "people.lockTitle" : "people.unlockTitle", { name: person.name })}
      action={t(locks ? "people.lock" : "people.unlock")}
      busy={change.isPending}
      failure={change.error ? { what: t("people.changeFailed"), error: change.error } : undefined}
      onConfirm={() => change.mutate({ id: person.id, enabled: !locks }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <Content component="p">
        {t(locks ? "people.lockBody" : "people.unlockBody", { name: person.name })}
      </Content>
    </ConfirmDialog>
  );
}
