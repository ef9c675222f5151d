import { formatNumber, typeset } from "../draw/format.ts";
import type { State } from "../state/state.ts";
import { button, FOCUSABLE, h, setText } from "./dom.ts";
import { createField } from "./field.ts";
import { CONTROL } from "./look.ts";
import { type Panel, touches, type View } from "./view.ts";

/** Longer vectors are set from Python. */
const MOST_FIELDS = 12;

const coordinates = (state: State) => {
  const value = state.values[(state.spec.point as { name: string }).name];
  return Array.isArray(value) ? value.map(Number) : [];
};

/** A vector x: the point that the line x + t v goes through, and where it goes. */
export function createPoint(view: View, point: { name: string; dim: number }): Panel {
  const { store, actions, signal } = view;
  const { name, dim } = point;
  const moved = (i: number, value: number) =>
    coordinates(store.state).map((old, j) => (j === i ? value : old));
  const labels = Array.from({ length: dim }, (_, i) => `${name}[${i}]`);
  const fields = labels.slice(0, dim <= MOST_FIELDS ? dim : 0).map((label, i) =>
    createField(view, {
      name,
      label,
      bounds: {},
      commit: (value) => actions.change(name, moved(i, Number(value)), true),
    }),
  );
  const select = h(
    "select",
    "field",
    { "aria-label": "direction", ...FOCUSABLE },
    ...labels.map((label, i) => h("option", "", { value: i }, `along ${label}`)),
    h("option", "", { value: "gradient" }, "along the gradient"),
    h("option", "", { value: "random" }, "in a random direction"),
    h("option", "", { value: "own", hidden: true }, "in a direction of one's own"),
  );
  select.addEventListener(
    "change",
    () => {
      const chosen = /^\d+$/.test(select.value) ? Number(select.value) : select.value;
      actions.change("direction", chosen, true);
    },
    { signal },
  );
  const move = button("Move here", "", signal, () => {
    const here = store.state.frame?.position;
    if (here) actions.go({ [name]: [...here], t: 0 });
  });
  move.setAttribute(CONTROL, name);
  move.title = "Let the line go through the point that is looked at";
  const told = h("span", "told");
  const element = h(
    "div",
    "point",
    { role: "group", "aria-label": `point ${name}` },
    ...fields.map((field, i) =>
      h(
        "label",
        "labelled",
        { [CONTROL]: name },
        h("span", "label", {}, labels[i] as string),
        field.element,
      ),
    ),
    h(
      "label",
      "labelled",
      { [CONTROL]: "direction" },
      h("span", "label", { "aria-hidden": "true" }, "line"),
      select,
    ),
    move,
    told,
  );
  return {
    element,
    update(state, changed) {
      if (!touches(changed, "values", "frame")) return;
      const x = coordinates(state);
      fields.forEach((field, i) => {
        field.show(x[i]);
      });
      const { direction, t } = state.values;
      select.value = Array.isArray(direction) ? "own" : String(direction);
      move.disabled = !t;
      const here = state.frame?.position ?? [];
      const shown = here.slice(0, 6).map((value) => typeset(formatNumber(value, 3)));
      setText(told, `${name} + t v = (${shown.join(", ")}${here.length > 6 ? ", …" : ""})`);
    },
  };
}
