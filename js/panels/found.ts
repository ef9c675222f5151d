import type { Area, Size } from "../draw/canvas.ts";
import { formatNumber, typeset } from "../draw/format.ts";
import { type Corner, place } from "../draw/place.ts";
import { h, setAttributes } from "./dom.ts";
import { moveTo, type Plot } from "./plot.ts";
import type { View } from "./view.ts";

/** How y* reads wherever it is written. */
export const foundText = (value: number) => typeset(formatNumber(value, 4));

/** What the scales of a plot tell of the place of y*. */
interface FoundScales {
  foundAt: readonly [number, number];
  area: Area;
  obstacles: readonly (readonly [number, number])[];
}

/** The label of y* in one of its three places. */
export interface FoundLabel {
  update(
    value: number,
    scales: FoundScales,
    corners: readonly Corner[],
    look: { highlighted: boolean; predicted: boolean },
  ): void;
}

export function createFoundLabel(view: View, plot: Plot, role: string): FoundLabel {
  const number = h("b");
  const element = h("span", "found", { "aria-hidden": "true" }, `${role} `, number);
  plot.overlay.append(element);
  highlightOn(view, element);
  let measured = "";
  let size: Size = { width: 0, height: 0 };
  return {
    update(value, { foundAt: at, area, obstacles }, corners, { highlighted, predicted }) {
      number.textContent = foundText(value);
      setAttributes(element, { "data-on": highlighted, "data-predicted": predicted });
      // Measuring makes the page lay itself out: only when the length has changed.
      const shape = `${number.textContent.length} ${area.width}`;
      if (shape !== measured || !size.width) {
        element.hidden = false;
        size = { width: element.offsetWidth, height: element.offsetHeight };
        measured = shape;
      }
      moveTo(element, Number.isFinite(at[1]) ? place(at, size, area, corners, obstacles) : at);
    },
  };
}

/** Pointing at an element, or focusing it, lights up y* in all its places. */
export function highlightOn(view: View, element: HTMLElement): void {
  const { signal } = view;
  const light = (highlighted: boolean) => () => view.store.set({ highlighted });
  element.addEventListener("pointerenter", light(true), { signal });
  element.addEventListener("pointerleave", light(false), { signal });
  element.addEventListener("focus", light(true), { signal });
  element.addEventListener("blur", light(false), { signal });
}
