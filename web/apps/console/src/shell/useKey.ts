/** A key that works on the whole page, unless somebody is writing. */
import { useEffect, useRef } from "react";

/** True where a key belongs to what is being written. */
function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"))
  );
}

/** Calls `action` when `key` (as `KeyboardEvent.key` names it) is pressed without Ctrl, Alt or Meta. */
export function useKey(key: string, action: () => void): void {
  const latest = useRef(action);
  useEffect(() => {
    latest.current = action;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const plain = !(event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented);
      if (event.key === key && plain && !isWriting(event.target)) {
        event.preventDefault();
        latest.current();
      }
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [key]);
}
