/** Words to look for in a list. A key leads to it, `/` unless another is chosen. */
import { SearchInput } from "@patternfly/react-core";
import { useEffect, useRef, useState } from "react";
import { useKey } from "./useKey";

/** The address learns of words when somebody has typed them. */
const TYPING_MS = 250;

interface SearchFieldProps {
  text: string;
  change: (text: string) => void;
  placeholder: string;
  label: string;
  leads?: string;
}

export function SearchField({ text, change, placeholder, label, leads = "/" }: SearchFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(text);
  // The address can change without this field: back, a link, "clear filters". What it was told from here is no news: more may have been typed since.
  const told = useRef(text);
  useEffect(() => {
    if (text !== told.current) {
      told.current = text;
      setTyped(text);
    }
  }, [text]);
  const tell = (words: string) => {
    told.current = words;
    change(words);
  };
  useEffect(() => {
    if (typed.trim() === text) {
      return;
    }
    const timer = setTimeout(() => tell(typed.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  });
  useKey(leads, () => field.current?.focus());
  return (
    <SearchInput
      ref={field}
      value={typed}
      placeholder={placeholder}
      aria-label={label}
      onChange={(_event, value) => setTyped(value)}
      onClear={() => {
        setTyped("");
        tell("");
      }}
      {...{ maxLength: 256 }}
    />
  );
}
