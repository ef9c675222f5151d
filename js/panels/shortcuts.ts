import type { State } from "../state/state.ts";
import { setAttributes } from "./dom.ts";
import { shownDraw } from "./trace.ts";
import type { View } from "./view.ts";

/** Keys of the whole widget; every button says by `aria-keyshortcuts` which ones press it. */
const KEYS: Record<string, string> = { " ": "Space", n: "N", b: "B", r: "R" };

export const ABOUT_KEYS =
  "Keys, wherever in the widget the focus is: space steps; n and b go forward and back (through " +
  "the moments of a transition that is taken apart, else through the draws); r runs and pauses.";

/** Whether what has the focus means something else by the key. */
function isTaken(target: EventTarget | null, key: string): boolean {
  if (target instanceof HTMLInputElement && target.type === "range") return false;
  if (!(target instanceof HTMLElement) || target.isContentEditable) return true;
  return target.matches(`input, select, textarea${key === " " ? ", button" : ""}`);
}

const isEarlier = ({ wanted, transition }: State) =>
  wanted !== null || transition?.is_last === false;

/** Lets the keys press their buttons, and go through draws that are there already. */
export function listenToShortcuts(view: View, root: HTMLElement): void {
  const { store, actions, signal } = view;
  // What is clicked beside the controls gives the widget the focus: its keys are not the host's.
  setAttributes(root, { tabindex: -1, "data-lm-suppress-shortcuts": "true" });
  // Except for those with a modifier, which save or undo: JupyterLab looks after this, and before
  // whoever listens in the page.
  window.addEventListener(
    "keydown",
    ({ ctrlKey, metaKey, altKey }) => {
      const isHosts = ctrlKey || metaKey || altKey;
      setAttributes(root, { "data-lm-suppress-shortcuts": isHosts ? null : "true" });
    },
    { capture: true, signal },
  );
  root.addEventListener(
    "keydown",
    (event) => {
      const key = event.key.toLowerCase();
      const name = KEYS[key];
      const { ctrlKey, metaKey, altKey, defaultPrevented } = event;
      if (!name || ctrlKey || metaKey || altKey || defaultPrevented) return;
      if (isTaken(event.target, key)) return;
      const buttons = [
        ...root.querySelectorAll<HTMLButtonElement>(`[aria-keyshortcuts~="${name}"]`),
      ].filter((button) => button.getClientRects().length);
      if (!buttons.length) return;
      event.preventDefault();
      event.stopPropagation();
      const { state } = store;
      const by = { n: 1, b: -1 }[key];
      if (by && state.stage === null && isEarlier(state)) {
        const draw = shownDraw(state) + by;
        if (draw > state.chain.offset) actions.show(draw < state.chain.numDraws ? draw : null);
      } else if (!event.repeat || key !== "r") {
        // A transition's own buttons come after the chain's.
        buttons.at(state.stage === null ? 0 : -1)?.click();
      }
    },
    { signal },
  );
}
