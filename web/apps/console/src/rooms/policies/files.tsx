/** Policies as files: one is chosen and kept, or written by the browser. */
import { Alert, Button } from "@patternfly/react-core";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type PolicyDocument, type PolicyKind, useCreatePolicy } from "../../api/policies";
import { ErrorState } from "../../feedback/ErrorState";

/** More than any policy has, indented generously. */
const MOST_BYTES = 400_000;

interface ImportButtonProps {
  kind: PolicyKind;
  onDone: (name: string) => void;
}

export function ImportButton({ kind, onDone }: ImportButtonProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const create = useCreatePolicy(kind);
  const [unreadable, setUnreadable] = useState(false);

  const take = async (file: File | undefined) => {
    create.reset();
    setUnreadable(false);
    if (!file) {
      return;
    }
    try {
      if (file.size > MOST_BYTES) {
        throw new RangeError("too large");
      }
      // The server says what is wrong with a document; here it need only be one.
      const document = JSON.parse(await file.text()) as PolicyDocument;
      create.mutate(document, { onSuccess: (made) => onDone(made.policy.name) });
    } catch {
      setUnreadable(true);
    }
  };

  return (
    <>
      <Button variant="secondary" isLoading={create.isPending} onClick={() => input.current?.click()}>
        {t("policies.import")}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        accept="application/json,.json"
        aria-label={t("policies.importFile")}
        onChange={(event) => {
          void take(event.target.files?.[0]);
          // The same file can be chosen again after it was corrected.
          event.target.value = "";
        }}
      />
      {unreadable && (
        <Alert isInline isLiveRegion variant="danger" title={t("policies.importUnreadable")} component="p" />
      )}
      {create.isError && <ErrorState what={t("policies.importing")} error={create.error} />}
    </>
  );
}

interface ExportButtonProps {
  kind: PolicyKind;
  document: PolicyDocument;
}

export function ExportButton({ kind, document: policy }: ExportButtonProps) {
  const { t } = useTranslation();
  const save = () => {
    const address = URL.createObjectURL(
      new Blob([`${JSON.stringify(policy, null, 2)}\n`], { type: "application/json" }),
    );
    const link = document.createElement("a");
    link.href = address;
    link.download = `${policy.name.replace(/[^\p{L}\p{N} _-]/gu, "_")}.${kind === "recording" ? "policy" : "detection-policy"}.json`;
    link.click();
    URL.revokeObjectURL(address);
  };
  return (
    <Button variant="secondary" onClick={save}>
      {t("policies.export")}
    </Button>
  );
}
