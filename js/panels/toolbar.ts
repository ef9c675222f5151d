import { button, focusedIn, h, setAttributes, setText } from "./dom.ts";
import { CONTROL } from "./look.ts";
import { type Panel, touches, type View } from "./view.ts";

/** The keys that press them, as ARIA names keys. */
const KEYS: Record<string, string> = { step: "Space N", back: "B", run: "R" };

/**
 * The sampler's buttons. There is one set of them; it is where the reader is: beside x, or in the
 * sampler's panel once that is what can be seen.
 */
export function createToolbar(
  view: View,
  top: HTMLElement,
  below: HTMLElement,
  watch: (element: HTMLElement, seen: (visible: boolean) => void) => void,
): Panel {
  const { store, actions, signal } = view;
  const step = button("Step", "primary", signal, () => actions.step());
  const run = button("Run", "run", signal, () => {
    if (store.state.running) actions.pause();
    else actions.run();
  });
  const back = button("Back", "", signal, () => actions.back());
  const reset = button("Reset", "", signal, () => actions.reset());
  const buttons = [step, back, run, reset];
  for (const [name, element] of Object.entries({ step, back, run, reset })) {
    setAttributes(element, { [CONTROL]: name, "aria-keyshortcuts": KEYS[name] });
  }
  const element = h("div", "toolbar", { role: "group", "aria-label": "sampler" }, ...buttons);
  top.append(element);

  const hint = (each: HTMLElement) => {
    const keys = each.getAttribute("aria-keyshortcuts");
    return keys && `key: ${keys.toLowerCase().replace(" ", " or ")}`;
  };

  const seen = { top: true, below: false };
  const dock = () => {
    const place = !seen.top && seen.below ? below : top;
    if (element.parentElement === place) return;
    const focused = focusedIn(element);
    place.append(element);
    focused?.focus({ preventScroll: true });
  };
  watch(top, (visible) => {
    seen.top = visible;
    dock();
  });
  watch(below, (visible) => {
    seen.below = visible;
    dock();
  });

  return {
    element,
    update({ running, status, chain }, changed) {
      if (!touches(changed, "running", "status", "drawsNumber")) return;
      setAttributes(back, { disabled: chain.numDraws === 0 });
      setText(run, running ? "Pause" : "Run");
      const gone = status.state === "gone" ? status.text : null;
      for (const each of buttons) setAttributes(each, { title: gone ?? hint(each) });
    },
  };
}
