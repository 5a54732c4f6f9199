/** Templates of triggers: found, put into the rule, duplicated, deleted, and shared as files. */
import {
  Button,
  FormSelect,
  FormSelectOption,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Template, templatesQuery } from "../../../../api/templates";
import { ErrorState } from "../../../../feedback/ErrorState";
import { Loading } from "../../../../feedback/Loading";
import type { Trigger } from "../draft";
import { ImportButton, saveFile } from "./files";
import { authorOf, choices, found, NO_TEMPLATE_FILTER, type TemplateFilter } from "./find";
import { TemplateEntry } from "./TemplateEntry";

interface TemplatesDialogProps {
  insert: (trigger: Trigger) => void;
  onClose: () => void;
}

export function TemplatesDialog({ insert, onClose }: TemplatesDialogProps) {
  const { t } = useTranslation();
  const id = useId();
  const { data, error, refetch } = useQuery(templatesQuery);
  const [filter, setFilter] = useState(NO_TEMPLATE_FILTER);
  const items = data?.items ?? [];
  const builtIn = t("templates.builtIn");
  const shown = found(items, filter, builtIn);
  const own = shown.filter((item) => !item.built_in);
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-labelledby={`${id}-title`}>
      <ModalHeader title={t("templates.title")} labelId={`${id}-title`} />
      <ModalBody>
        <Filters items={items} filter={filter} setFilter={setFilter} />
        {error && !data && (
          <ErrorState what={t("templates.loading")} error={error} onRetry={() => void refetch()} />
        )}
        {!data && !error && <Loading label={t("templates.loading")} />}
        {data && shown.length === 0 && <p>{t("templates.none")}</p>}
        <ul className="kinescope-templates" aria-label={t("templates.title")}>
          {shown.map((item) => (
            <TemplateEntry
              key={item.id}
              item={item}
              taken={items.map(({ template }) => template.name)}
              insert={() => {
                insert(item.template.trigger);
                onClose();
              }}
            />
          ))}
        </ul>
      </ModalBody>
      <ModalFooter>
        <ImportButton />
        {own.length > 0 && (
          <Button variant="secondary" onClick={() => saveFile(own.map(({ template }) => template))}>
            {t("templates.exportShown", { count: own.length })}
          </Button>
        )}
        <Button variant="link" onClick={onClose}>
          {t("action.close")}
        </Button>
      </ModalFooter>
    </Modal>
  );
}

interface FiltersProps {
  items: readonly Template[];
  filter: TemplateFilter;
  setFilter: (filter: TemplateFilter) => void;
}

function Filters({ items, filter, setFilter }: FiltersProps) {
  const { t } = useTranslation();
  const offered = {
    theme: choices(items.map(({ template }) => template.theme)),
    category: choices(items.map(({ template }) => template.category)),
    author: choices(items.map((item) => authorOf(item, t("templates.builtIn")))),
  };
  return (
    <div className="kinescope-template-filters">
      <TextInput
        type="search"
        aria-label={t("templates.search")}
        placeholder={t("templates.search")}
        value={filter.text}
        onChange={(_event, text) => setFilter({ ...filter, text })}
      />
      {(["theme", "category", "author"] as const).map((name) => (
        <FormSelect
          key={name}
          aria-label={t(`templates.${name}`)}
          value={filter[name]}
          onChange={(_event, value) => setFilter({ ...filter, [name]: value })}
        >
          <FormSelectOption value="" label={t(`templates.any.${name}`)} />
          {offered[name].map((value) => (
            <FormSelectOption key={value} value={value} label={value} />
          ))}
        </FormSelect>
      ))}
    </div>
  );
}
