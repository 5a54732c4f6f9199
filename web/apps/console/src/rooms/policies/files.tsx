/** Policies as files: one is chosen and kept, or written by the browser. */
import { Alert, Button } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type PolicyDocument, type PolicyKind, useCreatePolicy } from "../../api/policies";
import { ErrorState } from "../../feedback/ErrorState";
import { JsonFileButton } from "../../files/FileButton";
import { inFileName, saveAs } from "../../files/save";

/** More than any policy has, indented generously. */
const MOST_BYTES = 400_000;

interface ImportButtonProps {
  kind: PolicyKind;
  onDone: (name: string) => void;
}

export function ImportButton({ kind, onDone }: ImportButtonProps) {
  const { t } = useTranslation();
  const create = useCreatePolicy(kind);
  const [unreadable, setUnreadable] = useState(false);

  const take = (text: string | undefined) => {
    create.reset();
    const document = text === undefined ? undefined : documentOf(text);
    setUnreadable(!document);
    if (document) {
      create.mutate(document, { onSuccess: (made) => onDone(made.policy.name) });
    }
  };

  return (
    <>
      <JsonFileButton
        label={t("policies.importFile")}
        mostBytes={MOST_BYTES}
        isBusy={create.isPending}
        onRead={take}
      >
        {t("policies.import")}
      </JsonFileButton>
      {unreadable && (
        <Alert isInline isLiveRegion variant="danger" title={t("policies.importUnreadable")} component="p" />
      )}
      {create.isError && <ErrorState what={t("policies.importing")} error={create.error} />}
    </>
  );
}

/** The server says what is wrong with a document; here it need only be one. */
function documentOf(text: string): PolicyDocument | undefined {
  try {
    return JSON.parse(text) as PolicyDocument;
  } catch {
    return undefined;
  }
}

interface ExportButtonProps {
  kind: PolicyKind;
  document: PolicyDocument;
}

export function ExportButton({ kind, document: policy }: ExportButtonProps) {
  const { t } = useTranslation();
  const ending = kind === "recording" ? "policy" : "detection-policy";
  const save = () =>
    saveAs(
      `${inFileName(policy.name)}.${ending}.json`,
      `${JSON.stringify(policy, null, 2)}\n`,
      "application/json",
    );
  return (
    <Button variant="secondary" onClick={save}>
      {t("policies.export")}
    </Button>
  );
}
