/** A number that may be left out. What is typed stays as it is typed. */
import { FormGroup, TextInput } from "@patternfly/react-core";
import { useId, useState } from "react";

interface NumberFieldProps {
  label: string;
  help?: string | undefined;
  value: number | undefined;
  least: number;
  most?: number | undefined;
  change: (value: number | undefined) => void;
}

export function NumberField({ label, help, value, least, most, change }: NumberFieldProps) {
  const id = useId();
  const [typed, setTyped] = useState(() => (value === undefined ? "" : String(value)));
  return (
    <FormGroup label={label} fieldId={id}>
      <TextInput
        id={id}
        type="number"
        className="kinescope-clock"
        min={least}
        max={most}
        {...(help && { "aria-describedby": `${id}-help` })}
        value={typed}
        onChange={(_event, text) => {
          setTyped(text);
          change(text.trim() === "" ? undefined : Math.max(0, Math.trunc(Number(text)) || 0));
        }}
      />
      {help && (
        <div id={`${id}-help`} className="kinescope-aside">
          {help}
        </div>
      )}
    </FormGroup>
  );
}
