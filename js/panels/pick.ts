import type { Scale } from "../draw/scales.ts";
import type { State } from "../state/state.ts";
import { setAttributes } from "./dom.ts";
import { snap } from "./keys.ts";
import { type Plot, pointIn } from "./plot.ts";
import type { View } from "./view.ts";

/** Lets a click in a plot of positions start the chain there, while that is asked for. */
export function pickPosition(view: View, plot: Plot): { update(state: State, x: Scale): void } {
  const { store, actions, signal } = view;
  const stage = plot.overlay.parentElement as HTMLElement;
  let scale: Scale | null = null;
  stage.addEventListener(
    "click",
    (event) => {
      if (!store.state.isPicking || !scale) return;
      const [pixel] = pointIn(stage, event);
      const [from, to] = scale.range;
      if (pixel < from || pixel > to) return;
      const [min, max] = scale.domain;
      const grid = {
        name: "",
        label: "",
        min,
        max,
        log: false,
        step: null,
        lower: null,
        upper: null,
      };
      actions.reset(snap(grid, scale.invert(pixel)));
    },
    { signal },
  );
  plot.element.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Escape") store.set({ isPicking: false });
    },
    { signal },
  );
  return {
    update({ isPicking }, x) {
      scale = x;
      setAttributes(stage, { "data-picking": isPicking });
    },
  };
}
