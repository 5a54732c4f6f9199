/** What an entry of the administrator log changed, before and after. */
import { Button, Content, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type AdminLogEntry, adminLogEntryQuery } from "../../api/logs";
import { ErrorState } from "../../feedback/ErrorState";
import { Loading } from "../../feedback/Loading";

export function ShowChange({ entry }: { entry: AdminLogEntry }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const what = `${entry.action} ${entry.target ?? ""}`;
  return (
    <>
      <Button
        variant="link"
        isInline
        onClick={() => setOpen(true)}
        aria-label={t("audit.changeLabel", { what })}
      >
        {t("audit.change")}
      </Button>
      {open && <ChangeDialog entry={entry} title={what} onClose={() => setOpen(false)} />}
    </>
  );
}

function ChangeDialog({
  entry,
  title,
  onClose,
}: {
  entry: AdminLogEntry;
  title: string;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const { data, error, isPending } = useQuery(adminLogEntryQuery(entry.id));
  return (
    <Modal isOpen variant="large" onClose={onClose} aria-labelledby="change-title">
      <ModalHeader title={title} labelId="change-title" />
      <ModalBody tabIndex={0}>
        {isPending && <Loading label={t("audit.loading")} />}
        {error && <ErrorState what={t("audit.reading")} error={error} />}
        {data && (
          <div className="kinescope-change">
            <Side title={t("audit.before")} text={data.before} />
            <Side title={t("audit.after")} text={data.after} />
          </div>
        )}
      </ModalBody>
      <ModalFooter>
        <Button variant="secondary" onClick={onClose}>
          {t("action.close")}
        </Button>
      </ModalFooter>
    </Modal>
  );
}

function Side({ title, text }: { title: string; text: string | null | undefined }) {
  const { t } = useTranslation();
  return (
    <section aria-label={title}>
      <Content component="h3">{title}</Content>
      <pre className="kinescope-change-text">{text == null ? t("audit.nothing") : indented(text)}</pre>
    </section>
  );
}

/** Policies stand in the log as one line of JSON; other things as words. */
function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
