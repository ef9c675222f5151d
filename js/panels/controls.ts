import type { Parameter } from "../state/check.ts";
import { button, FOCUSABLE, h, uniqueId } from "./dom.ts";
import { CONTROL } from "./look.ts";
import { createPoint } from "./point.ts";
import { createSlider, type Slider } from "./slider.ts";
import { type Panel, touches, type View } from "./view.ts";

/** A menu for a parameter that is one of a few. */
function createMenu(view: View, { name, label, choices = [] }: Parameter): Slider {
  const options = choices.map(([text, value]) => h("option", "", { value }, text));
  const menu = h("select", "field", { "aria-label": label, ...FOCUSABLE }, ...options);
  menu.addEventListener("change", () => view.actions.change(name, Number(menu.value), true), {
    signal: view.signal,
  });
  return {
    element: h(
      "label",
      "parameter",
      { [CONTROL]: name },
      h("span", "symbol", { "aria-hidden": "true" }, label),
      menu,
    ),
    update({ values }) {
      menu.value = String(values[name]);
    },
  };
}

/** The few controls at first: the parameters and x, a place for the sampler's buttons, Settings. */
export function createControls(
  view: View,
  dock: HTMLElement,
  settings: HTMLElement,
  copy: HTMLElement,
): Panel {
  const { store, signal } = view;
  const { parameters, x, point } = store.state.spec;
  const sliders = [...parameters, x].map((parameter) =>
    parameter.choices?.length ? createMenu(view, parameter) : createSlider(view, parameter),
  );
  const where = point && createPoint(view, point);
  settings.id = uniqueId("settings");
  const open = button("Settings", "settings-button", signal, () => {
    store.set({ settingsOpen: !store.state.settingsOpen });
  });
  open.setAttribute("aria-controls", settings.id);
  const element = h(
    "div",
    "controls",
    {},
    h("div", "parameters", {}, ...sliders.map((slider) => slider.element)),
    h("div", "actions", {}, dock, copy, open),
    ...(where ? [where.element] : []),
  );
  return {
    element,
    update(state, changed) {
      if (touches(changed, "values")) for (const slider of sliders) slider.update(state);
      where?.update(state, changed);
      if (touches(changed, "settingsOpen")) {
        open.setAttribute("aria-expanded", String(state.settingsOpen));
        settings.hidden = !state.settingsOpen;
      }
    },
  };
}
