/** Templates as files: chosen and kept, or written by the browser. */
import { Alert, Button } from "@patternfly/react-core";
import { useMutation } from "@tanstack/react-query";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { type TriggerTemplate, useCreateTemplate } from "../../../../api/templates";
import { ErrorState } from "../../../../feedback/ErrorState";
import { fileOf, templatesOf } from "./find";

/** More than all templates together have. */
const MOST_BYTES = 4_000_000;

export function saveFile(templates: readonly TriggerTemplate[]): void {
  const address = URL.createObjectURL(new Blob([fileOf(templates)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  const [only] = templates.length === 1 ? templates : [];
  const name = only ? only.name.replace(/[^\p{L}\p{N} _-]/gu, "_") : "kinescope";
  link.download = `${name}.trigger-templates.json`;
  link.click();
  URL.revokeObjectURL(address);
}

/** Keeps what a file has, one after the other; the first one that is refused ends it, with its name. */
export function ImportButton() {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const create = useCreateTemplate();
  const take = useMutation({
    mutationFn: async (file: File) => {
      const templates = file.size <= MOST_BYTES ? templatesOf(await file.text()) : undefined;
      if (!templates) {
        return undefined;
      }
      for (const template of templates) {
        await create.mutateAsync(template);
      }
      return templates.length;
    },
  });
  return (
    <>
      <Button variant="secondary" isLoading={take.isPending} onClick={() => input.current?.click()}>
        {t("templates.import")}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        accept="application/json,.json"
        aria-label={t("templates.importFile")}
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) {
            take.mutate(file);
          }
          // The same file can be chosen again after it was corrected.
          event.target.value = "";
        }}
      />
      {take.isSuccess && (
        <Alert
          isInline
          isLiveRegion
          variant={take.data ? "success" : "danger"}
          title={take.data ? t("templates.imported", { count: take.data }) : t("templates.importUnreadable")}
          component="p"
        />
      )}
      {take.isError && <ErrorState what={t("templates.importing")} error={take.error} />}
    </>
  );
}
