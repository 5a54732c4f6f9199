/** Changes the own password. */
import { Alert, Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { dataOf } from "../api/problem";
import { ErrorState } from "../feedback/ErrorState";
import { isLongEnough, PasswordField } from "./PasswordField";

export function ChangePassword({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const [repeated, setRepeated] = useState("");
  const [tried, setTried] = useState(false);
  const change = useMutation({
    mutationFn: () => dataOf(api.PUT("/api/v1/me/password", { body: { current, new: fresh } })),
  });

  const tooShort = tried && !isLongEnough(fresh);
  const differs = tried && fresh !== repeated;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (isLongEnough(fresh) && fresh === repeated) {
      change.mutate();
    }
  };

  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="password-title">
      <ModalHeader title={t("password.title")} labelId="password-title" />
      <ModalBody>
        {change.isSuccess ? (
          <Alert isInline variant="success" title={t("password.done")} />
        ) : (
          <Form id="password-form" onSubmit={submit}>
            {change.isError && <ErrorState what={t("password.failed")} error={change.error} />}
            <PasswordField
              id="password-current"
              label={t("password.current")}
              autoComplete="current-password"
              value={current}
              onChange={setCurrent}
            />
            <PasswordField
              id="password-new"
              label={t("password.new")}
              autoComplete="new-password"
              value={fresh}
              onChange={setFresh}
              help={t("password.help")}
              error={tooShort ? t("password.tooShort") : undefined}
            />
            <PasswordField
              id="password-repeat"
              label={t("password.repeat")}
              autoComplete="new-password"
              value={repeated}
              onChange={setRepeated}
              error={differs ? t("password.differs") : undefined}
            />
          </Form>
        )}
      </ModalBody>
      <ModalFooter>
        {change.isSuccess ? (
          <Button onClick={onClose}>{t("action.close")}</Button>
        ) : (
          <>
            <Button
              type="submit"
              form="password-form"
              isLoading={change.isPending}
              isDisabled={change.isPending}
            >
              {t("password.submit")}
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
