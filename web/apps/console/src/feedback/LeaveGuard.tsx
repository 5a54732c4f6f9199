/** Asks before a page is left whose changes are not saved; the browser asks when it is closed or loaded again. */
import { useBlocker } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "./ConfirmDialog";

export function LeaveGuard({ changed }: { changed: boolean }) {
  const { t } = useTranslation();
  const { status, proceed, reset } = useBlocker({
    // The login page is where a session leads that has ended: staying would keep nothing.
    shouldBlockFn: ({ current, next }) =>
      changed && current.pathname !== next.pathname && next.pathname !== "/login",
    enableBeforeUnload: () => changed,
    withResolver: true,
  });
  if (status !== "blocked") {
    return null;
  }
  return (
    <ConfirmDialog
      title={t("leave.title")}
      action={t("leave.discard")}
      danger
      busy={false}
      onConfirm={proceed}
      onClose={reset}
    >
      {t("leave.body")}
    </ConfirmDialog>
  );
}
