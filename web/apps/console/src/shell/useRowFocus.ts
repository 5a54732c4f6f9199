/** Moves the focus from row to row of a long list by keys, also to rows that are not in the page yet. */
import { type KeyboardEvent, useState } from "react";

export interface RowFocus {
  /** The row that Tab reaches. */
  current: number;
  /** True until a row that was asked for by key has taken the focus. */
  wanted: boolean;
  taken: (index: number) => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

interface State {
  current?: number;
  /** The name of that row, where rows have some. */
  key?: string | undefined;
  wanted: boolean;
}

/** `first` is the row that Tab reaches until somebody has been at another one. With `keys`, the focus stays with a row that others push away. */
export function useRowFocus(
  total: number,
  scrollTo: (index: number) => void,
  first = 0,
  keys?: readonly string[],
): RowFocus {
  const [state, setState] = useState<State>({ wanted: false });
  // Rows may have gone since.
  const current = Math.min(placeOf(state, keys) ?? first, Math.max(0, total - 1));

  const onKeyDown = (event: KeyboardEvent) => {
    const target = { ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: total - 1 }[event.key];
    if (target === undefined || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    event.preventDefault();
    const index = Math.min(Math.max(target, 0), total - 1);
    scrollTo(index);
    setState({ current: index, key: keys?.[index], wanted: true });
  };
  const taken = (index: number) => {
    const key = keys?.[index];
    setState((before) =>
      before.current === index && before.key === key && !before.wanted
        ? before
        : { current: index, key, wanted: false },
    );
  };
  return { current, wanted: state.wanted, taken, onKeyDown };
}

function placeOf({ current, key }: State, keys: readonly string[] | undefined): number | undefined {
  if (current === undefined || key === undefined || !keys || keys[current] === key) {
    return current;
  }
  const now = keys.indexOf(key);
  return now < 0 ? current : now;
}
