/** Adds a person. */
import {
  Button,
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from "@patternfly/react-core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCreatePerson } from "../../api/people";
import type { Role } from "../../app/access";
import { ErrorState } from "../../feedback/ErrorState";
import { isLongEnough, PasswordField } from "../../shell/PasswordField";
import { RoleChoice } from "./RoleChoice";

/** As the server demands it. */
const NAME = /^[\p{L}\p{N}._@-]{1,64}$/u;

export function AddPerson({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [roles, setRoles] = useState<Role[]>([]);
  const [tried, setTried] = useState(false);
  const create = useCreatePerson();
  const goodName = NAME.test(name);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (goodName && isLongEnough(password)) {
      create.mutate({ name, password, roles }, { onSuccess: onClose });
    }
  };

  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="add-person-title">
      <ModalHeader title={t("people.addTitle")} labelId="add-person-title" />
      <ModalBody>
        <Form id="add-person" onSubmit={submit}>
          {create.isError && <ErrorState what={t("people.addFailed")} error={create.error} />}
          <FormGroup isRequired label={t("people.name")} fieldId="add-person-name">
            <TextInput
              isRequired
              id="add-person-name"
              value={name}
              maxLength={64}
              autoComplete="off"
              onChange={(_event, value) => setName(value)}
              validated={tried && !goodName ? "error" : "default"}
              aria-describedby="add-person-name-help"
            />
            <FormHelperText>
              <HelperText id="add-person-name-help">
                <HelperTextItem variant={tried && !goodName ? "error" : "default"}>
                  {t("people.nameHelp")}
                </HelperTextItem>
              </HelperText>
            </FormHelperText>
          </FormGroup>
          <PasswordField
            id="add-person-password"
            label={t("people.password")}
            autoComplete="new-password"
            value={password}
            onChange={setPassword}
            help={t("people.passwordHelp")}
            error={tried && !isLongEnough(password) ? t("password.tooShort") : undefined}
          />
          <RoleChoice roles={roles} change={setRoles} />
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button type="submit" form="add-person" isLoading={create.isPending} isDisabled={create.isPending}>
          {t("people.add")}
        </Button>
        <Button variant="link" onClick={onClose}>
          {t("action.cancel")}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
