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

/** `first` is the row that Tab reaches until somebody has been at another one. */
export function useRowFocus(total: number, scrollTo: (index: number) => void, first = 0): RowFocus {
  const [state, setState] = useState<{ current?: number; wanted: boolean }>({ wanted: false });
  // Rows may have gone since.
  const current = Math.min(state.current ?? first, Math.max(0, total - 1));

  const onKeyDown = (event: KeyboardEvent) => {
    const target = { ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: total - 1 }[event.key];
    if (target === undefined || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    event.preventDefault();
    const index = Math.min(Math.max(target, 0), total - 1);
    scrollTo(index);
    setState({ current: index, wanted: true });
  };
  const taken = (index: number) => {
    setState((before) =>
      before.current === index && !before.wanted ? before : { current: index, wanted: false },
    );
  };
  return { current, wanted: state.wanted, taken, onKeyDown };
}
