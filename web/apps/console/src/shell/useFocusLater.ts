/** Moves the focus to what a change brings, or leaves, once that is in the page: the keyboard goes on where the eye is. */
import { type RefObject, useEffect, useState } from "react";

type Find = (within: HTMLElement) => HTMLElement | null | undefined;

export function useFocusLater(within: RefObject<HTMLElement | null>): (find: Find) => void {
  const [wanted, setWanted] = useState<{ find: Find }>();
  useEffect(() => {
    if (wanted && within.current) {
      wanted.find(within.current)?.focus();
      setWanted(undefined);
    }
  }, [wanted, within]);
  return (find) => setWanted({ find });
}
