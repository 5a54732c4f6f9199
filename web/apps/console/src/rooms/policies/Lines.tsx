/** A list of names as a text. */
import { FormGroup, TextArea } from "@patternfly/react-core";
import { useId, useState } from "react";
import { lines } from "./draft";

interface LinesProps {
  label: string;
  help: string;
  items: readonly string[];
  change: (items: string[]) => void;
}

/** One name a line. What is typed stays as it is typed; the rule has it without empty lines. */
export function Lines({ label, help, items, change }: LinesProps) {
  const id = useId();
  const [text, setText] = useState(() => items.join("\n"));
  return (
    <FormGroup label={label} fieldId={id}>
      <TextArea
        id={id}
        rows={3}
        resizeOrientation="vertical"
        spellCheck={false}
        aria-describedby={`${id}-help`}
        value={text}
        onChange={(_event, value) => {
          setText(value);
          change(lines(value));
        }}
      />
      <div id={`${id}-help`} className="kinescope-aside">
        {help}
      </div>
    </FormGroup>
  );
}
