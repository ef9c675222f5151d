import { type Pair, planeOf } from "../state/plane.ts";
import { createArrowsPanel } from "./arrows.ts";
import { createCloudPanel } from "./cloud.ts";
import { FOCUSABLE, h } from "./dom.ts";
import { type Panel, touches, type View } from "./view.ts";

/** Longer menus are nobody's: the coordinates are set from Python then. */
const MOST_COORDINATES = 100;

/** Two coordinates of a vector: its gradient, and its sampler, in their plane. */
export function createPlanePanel(view: View, point: { name: string; dim: number }): Panel {
  const { store, actions, signal } = view;
  const { name, dim } = point;
  const nameOf = (k: number) => `${name}[${k}]`;
  const names = ([i, j]: Pair<number>): Pair<string> => [nameOf(i), nameOf(j)];
  const arrows = createArrowsPanel(view, names);
  const cloud = createCloudPanel(view, names);
  const menu = (label: string) =>
    h(
      "select",
      "field",
      { "aria-label": label, ...FOCUSABLE },
      ...Array.from({ length: Math.min(dim, MOST_COORDINATES) }, (_, k) =>
        h("option", "", { value: k }, nameOf(k)),
      ),
    );
  const menus = [menu("across"), menu("up")];
  menus.forEach((select, which) => {
    select.addEventListener(
      "change",
      () => {
        const old = planeOf(store.state.values) ?? [0, 1];
        const chosen = Number(select.value);
        const plane = [...old];
        // The other one gives way to a coordinate that is chosen twice.
        if (plane[1 - which] === chosen) plane[1 - which] = old[which] as number;
        plane[which] = chosen;
        actions.change("plane", plane, true);
      },
      { signal },
    );
  });
  const head = h(
    "div",
    "plane-head",
    {},
    h("span", "title", {}, "The plane of"),
    ...menus.map((select, which) =>
      h("label", "labelled", {}, h("span", "label", {}, which ? "up" : "across"), select),
    ),
    h("span", "note", {}, "the other coordinates are held where the point is"),
  );
  head.hidden = dim <= 2;
  return {
    element: h("div", "plane", {}, head, arrows.element, cloud.element),
    update(state, changed) {
      if (touches(changed, "values")) {
        const plane = planeOf(state.values) ?? [0, 1];
        menus.forEach((select, which) => {
          select.value = String(plane[which]);
        });
      }
      arrows.update(state, changed);
      cloud.update(state, changed);
    },
  };
}
