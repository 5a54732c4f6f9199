/** Fields of the form, each with its label and what it means. */
import {
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  TextArea,
  TextInput,
} from "@patternfly/react-core";
import type { ComponentProps, ReactNode } from "react";

interface FieldProps {
  id: string;
  label: string;
  help?: string | undefined;
  wrong?: boolean;
}

function Field({ id, label, help, wrong, children }: FieldProps & { children: ReactNode }) {
  return (
    <FormGroup label={label} fieldId={id}>
      {children}
      {help && (
        <FormHelperText>
          <HelperText id={`${id}-help`}>
            <HelperTextItem variant={wrong ? "error" : "default"}>{help}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  );
}

interface TextFieldProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  type?: ComponentProps<typeof TextInput>["type"];
}

export function TextField({ value, onChange, type = "text", ...field }: TextFieldProps) {
  return (
    <Field {...field}>
      <TextInput
        id={field.id}
        type={type}
        autoComplete={type === "password" ? "new-password" : "off"}
        value={value}
        maxLength={1_024}
        onChange={(_event, typed) => onChange(typed)}
        validated={field.wrong ? "error" : "default"}
        aria-describedby={field.help ? `${field.id}-help` : undefined}
      />
    </Field>
  );
}

export function LongField({ value, onChange, ...field }: Omit<TextFieldProps, "type">) {
  return (
    <Field {...field}>
      <TextArea
        id={field.id}
        rows={3}
        spellCheck={false}
        value={value}
        onChange={(_event, typed) => onChange(typed)}
        aria-describedby={field.help ? `${field.id}-help` : undefined}
      />
    </Field>
  );
}

interface ChoiceFieldProps<T extends string> extends FieldProps {
  value: T;
  choices: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}

export function ChoiceField<T extends string>({ value, choices, onChange, ...field }: ChoiceFieldProps<T>) {
  return (
    <Field {...field}>
      <FormSelect
        id={field.id}
        value={value}
        onChange={(_event, chosen) => {
          const found = choices.find(([one]) => one === chosen);
          if (found) {
            onChange(found[0]);
          }
        }}
      >
        {choices.map(([one, label]) => (
          <FormSelectOption key={one} value={one} label={label} />
        ))}
      </FormSelect>
    </Field>
  );
}
