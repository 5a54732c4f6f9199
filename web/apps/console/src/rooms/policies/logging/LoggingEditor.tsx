/** What a rule of a detection policy logs: every field that there is. */
import { Checkbox, FormGroup, TextArea, TextInput } from "@patternfly/react-core";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Logging } from "../../../api/policies";
import { FIELDS, type Field, saidOf, withValue } from "./fields";

interface LoggingEditorProps {
  log: Logging;
  change: (log: Logging) => void;
}

export function LoggingEditor({ log, change }: LoggingEditorProps) {
  const { t } = useTranslation();
  const id = useId();
  const shown = FIELDS.filter(({ under }) => !under || saidOf(log, under));
  return (
    <FormGroup role="group" label={t("logging.label")} fieldId={id} className="kinescope-logging">
      {shown.map((field) => (
        <div
          key={field.field}
          data-field={field.field}
          className={field.under ? "kinescope-logging-under" : undefined}
        >
          <Entry field={field} log={log} change={change} />
        </div>
      ))}
    </FormGroup>
  );
}

interface EntryProps extends LoggingEditorProps {
  field: Field;
}

function Entry({ field, log, change }: EntryProps) {
  const { t } = useTranslation();
  const id = useId();
  const label = t(`logging.field.${field.field}.label`);
  const help = t(`logging.field.${field.field}.help`);
  const value = saidOf(log, field.field);
  if (field.as === "flag") {
    return (
      <Checkbox
        id={id}
        label={label}
        description={help}
        isChecked={value === true}
        onChange={(_event, checked) => change(withValue(log, field, checked))}
      />
    );
  }
  if (field.as === "list") {
    return <Items field={field} log={log} change={change} />;
  }
  return (
    <FormGroup label={label} fieldId={id}>
      <TextInput
        id={id}
        type="number"
        className="kinescope-clock"
        min={field.least}
        max={field.most}
        aria-describedby={`${id}-help`}
        value={typeof value === "number" ? value : field.usual}
        onChange={(_event, text) => change(withValue(log, field, Math.trunc(Number(text))))}
      />
      <div id={`${id}-help`} className="kinescope-aside">
        {help} {t("logging.secondsHelp", { least: field.least, most: field.most })}
      </div>
    </FormGroup>
  );
}

/** Items between semicolons. What is typed stays as it is typed; the rule has it without empty items. */
function Items({ field, log, change }: EntryProps) {
  const { t } = useTranslation();
  const id = useId();
  const value = saidOf(log, field.field);
  const [text, setText] = useState(() => (Array.isArray(value) ? value.join("; ") : ""));
  return (
    <FormGroup label={t(`logging.field.${field.field}.label`)} fieldId={id}>
      <TextArea
        id={id}
        rows={2}
        resizeOrientation="vertical"
        spellCheck={false}
        aria-describedby={`${id}-help`}
        value={text}
        onChange={(_event, typed) => {
          setText(typed);
          change(withValue(log, field, items(typed)));
        }}
      />
      <div id={`${id}-help`} className="kinescope-aside">
        {t("logging.listHelp", { help: t(`logging.field.${field.field}.help`) })}
      </div>
    </FormGroup>
  );
}

function items(text: string): string[] {
  return text
    .split(/[;\n]/)
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
