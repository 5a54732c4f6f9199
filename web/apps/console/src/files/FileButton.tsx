/** A button that has a file chosen and reads it. */
import { Button } from "@patternfly/react-core";
import { type ChangeEvent, useRef } from "react";

interface FileButtonProps {
  children: string;
  /** What is chosen, for who cannot see the button. */
  label: string;
  /** Larger files are not read. */
  mostBytes: number;
  isBusy: boolean;
  /** What the file has; `undefined`: it is too large or cannot be read. */
  onRead: (text: string | undefined) => void;
}

export function JsonFileButton({ children, label, mostBytes, isBusy, onRead }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    // The same file can be chosen again after it was corrected.
    event.target.value = "";
    if (file && file.size > mostBytes) {
      onRead(undefined);
    } else if (file) {
      file.text().then(onRead, () => onRead(undefined));
    }
  };
  return (
    <>
      <Button variant="secondary" isLoading={isBusy} onClick={() => input.current?.click()}>
        {children}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        accept="application/json,.json"
        aria-label={label}
        onChange={choose}
      />
    </>
  );
}
