import type { Bounds } from "../state/check.ts";
import type { Setting, State } from "../state/state.ts";
import { FOCUSABLE, h } from "./dom.ts";
import { createField } from "./field.ts";
import { type Panel, touches, type View } from "./view.ts";

interface Control {
  element: HTMLElement;
  update(state: State): void;
}

/** Words for what the traits' values are called elsewhere. */
const WORDS: Record<string, string> = {
  safeguarded: "safeguarded (right)",
  bfgs: "BFGS (the tutorial's)",
  hmc: "HMC",
  nuts: "NUTS",
  mala: "MALA",
};

const labelled = (label: string, control: HTMLElement) =>
  h("label", "labelled", {}, h("span", "label", { "aria-hidden": "true" }, label), control);

function createChoice(
  view: View,
  name: Setting,
  label: string,
  options: readonly string[],
): Control {
  const select = h(
    "select",
    "field",
    { "aria-label": label, ...FOCUSABLE },
    ...options.map((value) => h("option", "", { value }, WORDS[value] ?? value)),
  );
  select.addEventListener("change", () => view.actions.change(name, select.value, true), {
    signal: view.signal,
  });
  return {
    element: labelled(label, select),
    update(state) {
      select.value = String(state.values[name]);
    },
  };
}

function createNumber(
  view: View,
  name: Setting,
  label: string,
  bounds: Bounds,
  parse?: (text: string) => unknown,
): Control {
  const field = createField(view, { name, label, bounds, ...(parse && { parse }) });
  return {
    element: labelled(label, field.element),
    update: (state) => field.show(state.values[name]),
  };
}

/** A mass matrix may also be a list or a list of lists; the kernel judges it. */
function parseMatrix(text: string): unknown {
  if (!text.trim().startsWith("[")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Situations to go to, each with a sentence on what to look at. */
function createPresets(view: View): Control | null {
  const { presets } = view.store.state.spec;
  if (!presets?.length) return null;
  const select = h(
    "select",
    "field",
    { "aria-label": "preset", ...FOCUSABLE },
    h("option", "", { value: "" }, "choose…"),
    ...presets.map(({ name, label }) => h("option", "", { value: name }, label)),
  );
  const sentence = h("p", "preset-sentence", { role: "note" });
  sentence.hidden = true;
  select.addEventListener(
    "change",
    () => {
      const preset = presets.find(({ name }) => name === select.value);
      sentence.textContent = preset?.sentence ?? "";
      sentence.hidden = !preset;
      if (preset) view.actions.preset(preset.name);
    },
    { signal: view.signal },
  );
  return { element: h("div", "preset", {}, select, sentence), update() {} };
}

/** Everything that is not needed at first. */
export function createSettings(view: View): Panel {
  const { spec } = view.store.state;
  const presets = createPresets(view);
  const gradient = [
    createChoice(view, "solver", "solver", spec.solvers),
    createChoice(view, "dtype", "precision", spec.dtypes),
  ];
  const sampler = [
    createChoice(view, "algorithm", "algorithm", spec.algorithms),
    createNumber(view, "step_size", "step size", { lower: 0 }),
    createNumber(view, "num_integration_steps", "integration steps", {
      integer: true,
      min: 1,
      max: 1000,
    }),
    createNumber(view, "inverse_mass_matrix", "inverse mass", { lower: 0 }, parseMatrix),
    createNumber(view, "initial_position", "start position", {}),
    createNumber(view, "seed", "seed", { integer: true, min: 0 }),
    createNumber(view, "num_chains", "chains", { integer: true, min: 1, max: 16 }),
  ];
  const controls = [...(presets ? [presets] : []), ...gradient, ...sampler];
  const group = (name: string, members: readonly Control[]) =>
    h(
      "div",
      "setting-group",
      { role: "group", "aria-label": name },
      h("span", "group-name", { "aria-hidden": "true" }, name),
      h("div", "setting-fields", {}, ...members.map((control) => control.element)),
    );
  const element = h("div", "settings", {}, group("gradient", gradient), group("sampler", sampler));
  if (presets) element.prepend(group("preset", [presets]));
  return {
    element,
    update(state, changed) {
      if (touches(changed, "values")) for (const control of controls) control.update(state);
    },
  };
}
