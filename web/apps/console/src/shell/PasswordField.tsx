/** A field for a password, with what it must be and what is wrong with it. */
import { FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from "@patternfly/react-core";

/** As the server demands it (bytes in UTF-8, not characters). */
const MIN_BYTES = 10;

export function isLongEnough(password: string): boolean {
  return new TextEncoder().encode(password).length >= MIN_BYTES;
}

interface PasswordFieldProps {
  id: string;
  label: string;
  autoComplete: "current-password" | "new-password";
  value: string;
  onChange: (value: string) => void;
  help?: string;
  error?: string | undefined;
}

export function PasswordField({ id, label, autoComplete, value, onChange, help, error }: PasswordFieldProps) {
  const text = error ?? help;
  return (
    <FormGroup isRequired label={label} fieldId={id}>
      <TextInput
        isRequired
        id={id}
        type="password"
        autoComplete={autoComplete}
        maxLength={1024}
        value={value}
        onChange={(_event, typed) => onChange(typed)}
        validated={error ? "error" : "default"}
        aria-describedby={text ? `${id}-help` : undefined}
      />
      {text && (
        <FormHelperText>
          <HelperText id={`${id}-help`} isLiveRegion={error !== undefined}>
            <HelperTextItem variant={error ? "error" : "default"}>{text}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  );
}
