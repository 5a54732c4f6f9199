/** Templates as files: chosen and kept, or written by the browser. */
import { Alert } from "@patternfly/react-core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../../../api/problem";
import { type TriggerTemplate, useCreateTemplate } from "../../../../api/templates";
import { ErrorState, explain } from "../../../../feedback/ErrorState";
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

/** A file may hold anything. */
function nameOf(template: Partial<TriggerTemplate> | null): string | undefined {
  return typeof template?.name === "string" && template.name !== "" ? template.name : undefined;
}

interface Taken {
  kept: number;
  /** Why, in words. */
  refused: { name: string; why: string }[];
}

/** Keeps what a file has, one after the other. What is refused is named with the reason, and the others are kept all the same. */
export function ImportButton() {
  const { t } = useTranslation();
  const create = useCreateTemplate();
  const take = useMutation({
    mutationFn: async (text: string | undefined) => {
      const templates = text === undefined ? undefined : templatesOf(text);
      if (!templates) {
        return undefined;
      }
      const taken: Taken = { kept: 0, refused: [] };
      for (const [at, template] of templates.entries()) {
        try {
          await create.mutateAsync(template);
          taken.kept += 1;
        } catch (error) {
          // Only a refusal is about this one; without a server or a right to it the others fare no better.
          if (!(error instanceof ApiError) || !ABOUT_ONE.has(error.status)) {
            throw error;
          }
          taken.refused.push({ name: nameOf(template) ?? `#${at + 1}`, why: explain(error, t) });
        }
      }
      return taken;
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
      {take.isSuccess && <Outcome taken={take.data} />}
      {take.isError && <ErrorState what={t("templates.importing")} error={take.error} />}
    </>
  );
}

/** Answers about what was sent: unreadable, a name that is taken, too large, against a rule. */
const ABOUT_ONE: ReadonlySet<number> = new Set([400, 409, 413, 422]);

function Outcome({ taken }: { taken: Taken | undefined }) {
  const { t } = useTranslation();
  if (!taken) {
    return (
      <Alert isInline isLiveRegion variant="danger" title={t("templates.importUnreadable")} component="p" />
    );
  }
  const { kept, refused } = taken;
  return (
    <>
      {kept > 0 && (
        <Alert
          isInline
          isLiveRegion
          variant="success"
          title={t("templates.imported", { count: kept })}
          component="p"
        />
      )}
      {refused.length > 0 && (
        <Alert
          isInline
          isLiveRegion
          variant="warning"
          title={t("templates.notImported", { count: refused.length })}
          component="p"
        >
          <ul className="kinescope-refused">
            {refused.map(({ name, why }) => (
              <li key={`${name} ${why}`}>
                <bdi>{name}</bdi>: {why}
              </li>
            ))}
          </ul>
        </Alert>
      )}
    </>
  );
}
