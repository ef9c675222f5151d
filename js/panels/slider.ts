import { formatField } from "../draw/format.ts";
import type { Parameter } from "../state/check.ts";
import type { State } from "../state/state.ts";
import { FOCUSABLE, h, setAttributes } from "./dom.ts";
import { createField } from "./field.ts";
import { listenToKeys, reach, snap } from "./keys.ts";
import { CONTROL } from "./look.ts";
import type { View } from "./view.ts";

/** A slider and a number field for one parameter. */
export interface Slider {
  element: HTMLElement;
  update(state: State): void;
}

export function createSlider(view: View, parameter: Parameter): Slider {
  const { store, actions, signal } = view;
  const { name, label, lower, upper } = parameter;
  const track = h("input", "slider", { type: "range", "aria-label": label, ...FOCUSABLE });
  const field = createField(view, { name, label, bounds: { lower, upper } });
  const element = h(
    "div",
    "parameter",
    { [CONTROL]: name },
    h("span", "symbol", { "aria-hidden": "true" }, label),
    track,
    field.element,
  );
  const value = () => Number(store.state.values[name]);
  const move = (next: number, settled: boolean) => actions.change(name, next, settled);

  // A logarithmic slider is linear in the logarithm.
  const forward = (v: number) => (parameter.log ? Math.log10(v) : v);
  const backward = (v: number) => (parameter.log ? 10 ** v : v);
  const [low, high] = [forward(parameter.min), forward(parameter.max)];
  setAttributes(track, { min: low, max: high, step: "any" });

  track.addEventListener(
    "input",
    () => {
      const [from, to] = reach(parameter, value());
      const snapped = snap(parameter, backward(Number(track.value)));
      move(Math.max(from, Math.min(to, snapped)), false);
    },
    { signal },
  );
  track.addEventListener("change", () => move(value(), true), { signal });
  listenToKeys(track, { parameter: () => parameter, value, move, signal });
  listenToKeys(field.element, {
    parameter: () => parameter,
    value,
    move,
    // These move the cursor in the text.
    except: ["ArrowLeft", "ArrowRight", "Home", "End"],
    signal,
  });

  return {
    element,
    update(state) {
      const now = Number(state.values[name]);
      const [from, to] = reach(parameter, now).map(forward) as [number, number];
      setAttributes(track, { min: from, max: to, "aria-valuetext": formatField(now) });
      track.value = String(forward(now));
      const share = to > from ? (forward(now) - from) / (to - from) : 0;
      track.style.setProperty("--gw-share", String(share));
      field.show(state.values[name]);
    },
  };
}
