import { formatField } from "../draw/format.ts";
import type { Scale } from "../draw/scales.ts";
import { xOf } from "../state/shown.ts";
import type { State } from "../state/state.ts";
import { FOCUSABLE, h, setAttributes } from "./dom.ts";
import { highlightOn } from "./found.ts";
import { listenToKeys, reach, snap } from "./keys.ts";
import { CONTROL } from "./look.ts";
import { moveTo, type Plot, pointIn } from "./plot.ts";
import type { View } from "./view.ts";

/** The point on a curve that moves x: by mouse, touch, pen or keys. */
export interface Handle {
  update(state: State, at: readonly [number, number], x: Scale, predicted: boolean): void;
}

/**
 * @param name accessible name.
 * @param inviting says "drag me" and pulses until it is touched.
 */
export function createHandle(view: View, plot: Plot, name: string, inviting: boolean): Handle {
  const { store, actions, signal } = view;
  const element = h("div", "handle", {
    role: "slider",
    tabindex: 0,
    "aria-label": name,
    [CONTROL]: store.state.spec.x.name,
    ...FOCUSABLE,
  });
  if (inviting) {
    element.classList.add("gw-inviting");
    element.append(h("span", "invitation", { "aria-hidden": "true" }, "drag me"));
  }
  const accept = () => element.classList.remove("gw-inviting");
  plot.overlay.append(element);
  highlightOn(view, element);

  let scale: Scale | null = null;
  let grabbedAt = 0;
  const parameter = () => store.state.spec.x;
  const move = (value: number, settled: boolean) => {
    actions.change(parameter().name, value, settled);
  };
  const valueAt = (event: PointerEvent): number => {
    const pixel = pointIn(plot.overlay, event)[0] - grabbedAt;
    if (!scale) return xOf(store.state);
    const [low, high] = scale.domain;
    return snap(parameter(), Math.max(low, Math.min(high, scale.invert(pixel))));
  };

  element.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0 || !scale || element.hasAttribute("aria-disabled")) return;
      accept();
      grabbedAt = pointIn(plot.overlay, event)[0] - scale(xOf(store.state));
      element.setPointerCapture(event.pointerId);
      setAttributes(element, { "data-dragging": true });
    },
    { signal },
  );
  const dragging = () => element.hasAttribute("data-dragging");
  element.addEventListener(
    "pointermove",
    (event) => {
      if (dragging()) move(valueAt(event), false);
    },
    { signal },
  );
  const release = () => {
    if (!dragging()) return;
    setAttributes(element, { "data-dragging": null });
    move(xOf(store.state), true);
  };
  element.addEventListener("pointerup", release, { signal });
  element.addEventListener("pointercancel", release, { signal });
  element.addEventListener("lostpointercapture", release, { signal });
  listenToKeys(element, {
    parameter,
    value: () => xOf(store.state),
    move(value, settled) {
      accept();
      move(value, settled);
    },
    signal,
  });
  element.addEventListener("animationend", accept, { signal });

  return {
    update(state, at, x, predicted) {
      scale = x;
      const value = xOf(state);
      const [low, high] = reach(state.spec.x, value);
      setAttributes(element, {
        "aria-valuemin": low,
        "aria-valuemax": high,
        "aria-valuenow": value,
        "aria-valuetext": `${state.spec.x.label} = ${formatField(value)}`,
        "data-predicted": predicted,
      });
      moveTo(element, at);
    },
  };
}
