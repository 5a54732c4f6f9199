/** One template, and what can be done with it. */
import { Button, Flex } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Template, useCreateTemplate, useDeleteTemplate } from "../../../../api/templates";
import { ErrorState } from "../../../../feedback/ErrorState";
import { triggerWords } from "../words";
import { saveFile } from "./files";
import { authorOf, freeName } from "./find";

interface TemplateEntryProps {
  item: Template;
  /** Names of all templates. */
  taken: readonly string[];
  insert: () => void;
}

export function TemplateEntry({ item, taken, insert }: TemplateEntryProps) {
  const { t, i18n } = useTranslation();
  const copy = useCreateTemplate();
  const remove = useDeleteTemplate();
  const [asking, setAsking] = useState(false);
  const { template } = item;
  const { name, theme, category, keywords = [] } = template;
  const facts = [theme, category, authorOf(item, t("templates.builtIn")), keywords.join(", ")].filter(
    Boolean,
  );
  const small = { size: "sm", variant: "link", isInline: true } as const;
  return (
    <li aria-label={name}>
      <strong>
        <bdi>{name}</bdi>
      </strong>
      <div className="kinescope-aside">
        <bdi>{facts.join(" · ")}</bdi>
      </div>
      <p>{triggerWords(template.trigger, t, i18n.language)}</p>
      {copy.isError && <ErrorState what={t("templates.saving")} error={copy.error} />}
      {remove.isError && <ErrorState what={t("templates.deleting")} error={remove.error} />}
      {asking ? (
        <Flex>
          <span>{t("templates.deleteAsk")}</span>
          <Button {...small} isDanger isLoading={remove.isPending} onClick={() => remove.mutate(item)}>
            {t("templates.deleteLabel", { name })}
          </Button>
          <Button {...small} onClick={() => setAsking(false)}>
            {t("action.cancel")}
          </Button>
        </Flex>
      ) : (
        <Flex>
          <Button
            size="sm"
            variant="secondary"
            aria-label={t("templates.insertLabel", { name })}
            onClick={insert}
          >
            {t("templates.insert")}
          </Button>
          <Button
            {...small}
            aria-label={t("templates.duplicateLabel", { name })}
            isLoading={copy.isPending}
            onClick={() =>
              copy.mutate({ ...template, name: freeName(t("templates.copyName", { name }), taken) })
            }
          >
            {t("templates.duplicate")}
          </Button>
          <Button
            {...small}
            aria-label={t("templates.exportLabel", { name })}
            onClick={() => saveFile([template])}
          >
            {t("templates.export")}
          </Button>
          {!item.built_in && (
            <Button
              {...small}
              isDanger
              aria-label={t("templates.deleteLabel", { name })}
              onClick={() => setAsking(true)}
            >
              {t("templates.delete")}
            </Button>
          )}
        </Flex>
      )}
    </li>
  );
}
