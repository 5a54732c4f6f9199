/** Templates as files: chosen and kept, or written by the browser. */
import { Alert } from "@patternfly/react-core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type TriggerTemplate, useCreateTemplate } from "../../../../api/templates";
import { ErrorState } from "../../../../feedback/ErrorState";
import { JsonFileButton } from "../../../../files/FileButton";
import { inFileName, saveAs } from "../../../../files/save";
import { fileOf, templatesOf } from "./find";

/** More than all templates together have. */
const MOST_BYTES = 4_000_000;

export function saveFile(templates: readonly TriggerTemplate[]): void {
  const [only] = templates.length === 1 ? templates : [];
  const name = only ? inFileName(only.name) : "kinescope";
  saveAs(`${name}.trigger-templates.json`, fileOf(templates), "application/json");
}

/** Keeps what a file has, one after the other; the first one that is refused ends it, with its name. */
export function ImportButton() {
  const { t } = useTranslation();
  const create = useCreateTemplate();
  const take = useMutation({
    mutationFn: async (text: string | undefined) => {
      const templates = text === undefined ? undefined : templatesOf(text);
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
      <JsonFileButton
        label={t("templates.importFile")}
        mostBytes={MOST_BYTES}
        isBusy={take.isPending}
        onRead={(text) => take.mutate(text)}
      >
        {t("templates.import")}
      </JsonFileButton>
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
