import { button, h, uniqueId } from "./dom.ts";
import { createPoint } from "./point.ts";
import { createSlider } from "./slider.ts";
import { type Panel, touches, type View } from "./view.ts";

/** The few controls at first: the parameters and x, a place for the sampler's buttons, Settings. */
export function createControls(view: View, dock: HTMLElement, settings: HTMLElement): Panel {
  const { store, signal } = view;
  const { parameters, x, point } = store.state.spec;
  const sliders = [...parameters, x].map((parameter) => createSlider(view, parameter));
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
    h("div", "actions", {}, dock, open),
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
