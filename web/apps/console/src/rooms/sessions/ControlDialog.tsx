/** Asks before sessions are recorded or not, and says what became of each where not all went well. */
import { Alert, Checkbox, Content, List, ListItem } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Controlled, type Order, type Session, useControlSessions } from "../../api/sessions";
import { ConfirmDialog } from "../../feedback/ConfirmDialog";
import { wordsOf } from "./words";

interface ControlDialogProps {
  order: Order;
  sessions: readonly Session[];
  onClose: () => void;
  onDone: () => void;
}

export function ControlDialog({ order, sessions, onClose, onDone }: ControlDialogProps) {
  const { t } = useTranslation();
  const control = useControlSessions();
  const [notify, setNotify] = useState(true);
  const words = wordsOf(order, sessions);
  const failed = (control.data?.items ?? []).filter(hasFailed);
  const run = () =>
    control.mutate(
      { order, sessions, notify },
      { onSuccess: ({ items }) => (items.some(hasFailed) ? undefined : onDone()) },
    );
  return (
    <ConfirmDialog
      title={t(`sessions.${words}Title`, { count: sessions.length })}
      action={t(`sessions.${words}`)}
      danger={order === "stop"}
      busy={control.isPending}
      failure={control.error ? { what: t(`sessions.${words}`), error: control.error } : undefined}
      onConfirm={run}
      onClose={onClose}
    >
      <Content component="p">{t(`sessions.${words}Body`)}</Content>
      {order === "start" && (
        <Checkbox
          id="control-notify"
          label={t("sessions.notify")}
          isChecked={notify}
          onChange={(_event, checked) => setNotify(checked)}
        />
      )}
      <List>
        {sessions.slice(0, 10).map(({ id, user, machine, display }) => (
          <ListItem key={id}>{t("sessions.one", { user, machine, display })}</ListItem>
        ))}
      </List>
      {sessions.length > 10 && (
        <Content component="p">{t("sessions.more", { count: sessions.length - 10 })}</Content>
      )}
      {failed.length > 0 && (
        <Alert isInline variant="warning" title={t("sessions.notAll")}>
          <List>
            {failed.map((item) => (
              <ListItem key={item.session}>
                {t("sessions.failedOne", {
                  user: item.user ?? item.session,
                  machine: item.machine ?? "–",
                  why: item.text || t("sessions.noAnswer"),
                })}
              </ListItem>
            ))}
          </List>
        </Alert>
      )}
    </ConfirmDialog>
  );
}

function hasFailed(item: Controlled): boolean {
  return item.outcome === "refused" || item.outcome === "no-answer";
}
