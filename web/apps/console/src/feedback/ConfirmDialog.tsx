/** Asks once before something that cannot be undone; names what it touches, and stays open with the reason if it fails. */
import { Button, Modal, ModalBody, ModalFooter, ModalHeader, Stack, StackItem } from "@patternfly/react-core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ErrorState } from "./ErrorState";

interface ConfirmDialogProps {
  title: string;
  /** The word on the button that does it. */
  action: string;
  danger?: boolean;
  /** There is a table to look at. */
  wide?: boolean;
  busy: boolean;
  /** Why it did not work, with what was tried. */
  failure?: { what: string; error: unknown } | undefined;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      isOpen
      variant={props.wide ? "medium" : "small"}
      onClose={props.onClose}
      aria-labelledby="confirm-title"
    >
      <ModalHeader
        title={props.title}
        labelId="confirm-title"
        {...(props.danger ? { titleIconVariant: "warning" as const } : {})}
      />
      <ModalBody>
        <Stack hasGutter>
          <StackItem>{props.children}</StackItem>
          {props.failure && (
            <StackItem>
              <ErrorState {...props.failure} />
            </StackItem>
          )}
        </Stack>
      </ModalBody>
      <ModalFooter>
        <Button
          variant={props.danger ? "danger" : "primary"}
          isLoading={props.busy}
          isDisabled={props.busy}
          onClick={props.onConfirm}
        >
          {props.action}
        </Button>
        <Button variant="link" onClick={props.onClose}>
          {t("action.cancel")}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
