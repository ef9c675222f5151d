import type { Theme } from "../draw/theme.ts";
import type { Actions } from "../state/actions.ts";
import type { State } from "../state/state.ts";
import type { Store } from "../state/store.ts";

/** What every panel gets: the state to read, actions to ask for, the look, the end of its life. */
export interface View {
  store: Store<State>;
  actions: Actions;
  theme(): Theme;
  /** Aborted when the view is removed; every listener hangs on it. */
  signal: AbortSignal;
}

/** A part of the page that follows the state. */
export interface Panel {
  element: HTMLElement;
  /**
   * Shows one transition: while a chain runs, faster than anyone can see, such panels are brought
   * up to date in turns, one a frame.
   */
  inTurns?: boolean;
  update(state: State, changed: ReadonlySet<keyof State>): void;
}

/** Whether any of the keys a panel depends on has changed. */
export function touches(
  changed: ReadonlySet<keyof State>,
  ...keys: readonly (keyof State)[]
): boolean {
  return keys.some((key) => changed.has(key));
}
