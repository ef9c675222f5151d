import { type Bounds, parseNumber } from "../state/check.ts";
import { watchPreset } from "../state/preset.ts";
import type { Setting, State } from "../state/state.ts";
import { button, FOCUSABLE, h, setText, uniqueId } from "./dom.ts";
import { createField } from "./field.ts";
import { CONTROL } from "./look.ts";
import { createProblem } from "./problem.ts";
import { createSlider } from "./slider.ts";
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

const labelled = (label: string, control: HTMLElement, name?: string) =>
  h(
    "label",
    "labelled",
    { [CONTROL]: name },
    h("span", "label", { "aria-hidden": "true" }, label),
    control,
  );

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
    element: labelled(label, select, name),
    update(state) {
      select.value = String(state.values[name]);
    },
  };
}

interface NumberOptions {
  parse?(text: string): unknown;
  /** Why an algorithm does not have this setting. */
  reasons?: Record<string, string>;
}

function createNumber(
  view: View,
  name: Setting,
  label: string,
  bounds: Bounds,
  { parse, reasons }: NumberOptions = {},
): Control {
  const field = createField(view, { name, label, bounds, ...(parse && { parse }) });
  const element = labelled(label, field.element, name);
  const refuse = reasons && createRefusal(element, field.element, reasons);
  return {
    element,
    update(state) {
      field.show(state.values[name]);
      refuse?.(state);
    },
  };
}

/**
 * Disables a control for the algorithms that do not have what it sets, or for another reason that
 * it is given, and says why beside it.
 */
function createRefusal(
  place: HTMLElement,
  control: HTMLInputElement | HTMLButtonElement,
  reasons: Record<string, string>,
): (state: State, refusal?: string) => void {
  const reason = h("span", "reason", { id: uniqueId("reason") });
  control.setAttribute("aria-describedby", reason.id);
  place.append(reason);
  return ({ values }, refusal = "") => {
    const text = reasons[String(values.algorithm)] ?? refusal;
    control.disabled = text !== "";
    setText(reason, text);
  };
}

/** A mass matrix may also be "1, 2", a list or a list of lists; the kernel judges it. */
export function parseMatrix(text: string): unknown {
  const plain = text.trim();
  const isList = plain.startsWith("[");
  // One comma without a space may be a decimal point.
  if (!isList && !/[\s;]|,.*,/.test(plain)) return undefined;
  try {
    const list: unknown = isList ? JSON.parse(plain) : plain.split(/[\s,;]+/).map(parseNumber);
    return Array.isArray(list) && list.flat().every(Number.isFinite) ? list : undefined;
  } catch {
    return undefined;
  }
}

/** Tunes the step size and the mass before the chain. */
function createWarmup(view: View): Control {
  const { actions, signal } = view;
  let draws: unknown = 500;
  const field = createField(view, {
    name: "warmup",
    label: "warm-up draws",
    bounds: { integer: true, min: 1, max: 100_000 },
    commit(value) {
      draws = value;
    },
  });
  field.show(draws);
  const start = button("Warm up", "", signal, () => actions.warmup(Number(draws)));
  const element = h(
    "span",
    "warm-up",
    { [CONTROL]: "warmup" },
    labelled("warm-up draws", field.element),
    start,
  );
  const refuse = createRefusal(element, start, { mala: "MALA has nothing to tune" });
  return { element, update: (state) => refuse(state, state.status.cannot?.warmup) };
}

/** Multiplies the gradient that the sampler gets: what would be if the rule were wrong? */
function createScale(view: View): Control {
  const slider = createSlider(view, {
    name: "gradient_scale",
    label: "gradient scale",
    min: -1,
    max: 2,
    log: false,
    step: null,
    lower: null,
    upper: null,
  });
  const element = h("div", "scale", {}, slider.element);
  return { element, update: slider.update };
}

/** Situations to go to, each with a sentence on what to look at. */
function createPresets(view: View): Control | null {
  const { presets } = view.store.state.spec;
  if (!presets?.length) return null;
  const presetOf = watchPreset();
  const select = h(
    "select",
    "field",
    { "aria-label": "preset", ...FOCUSABLE },
    h("option", "", { value: "" }, "choose…"),
    ...presets.map(({ name, label }) => h("option", "", { value: name }, label)),
  );
  const sentence = h("p", "preset-sentence", { role: "note" });
  select.addEventListener(
    "change",
    () => {
      if (select.value) view.actions.preset(select.value);
    },
    { signal: view.signal },
  );
  return {
    element: h("div", "preset", { [CONTROL]: "preset" }, select, sentence),
    update(state) {
      const chosen = presetOf(state);
      select.value = chosen?.name ?? "";
      setText(sentence, chosen?.sentence ?? "");
      sentence.hidden = !chosen;
    },
  };
}

/** Everything that is not needed at first. */
export function createSettings(view: View): Panel {
  const { store } = view;
  const { spec } = store.state;
  const problem = createProblem(view);
  const presets = createPresets(view);
  const gradient = [
    createChoice(view, "solver", "solver", spec.solvers),
    createChoice(view, "dtype", "precision", spec.dtypes),
  ];
  const sampler = [
    createChoice(view, "algorithm", "algorithm", spec.algorithms),
    createNumber(view, "step_size", "step size", { lower: 0 }),
    createNumber(
      view,
      "num_integration_steps",
      "integration steps",
      {
        integer: true,
        min: 1,
        max: 1000,
      },
      { reasons: { nuts: "NUTS decides", mala: "MALA takes one" } },
    ),
    createNumber(
      view,
      "inverse_mass_matrix",
      "inverse mass",
      { lower: 0 },
      { parse: parseMatrix, reasons: { mala: "MALA has no mass" } },
    ),
    createNumber(view, "initial_position", "start position", {}),
    createNumber(view, "seed", "seed", { integer: true, min: 0 }),
    createNumber(view, "num_chains", "chains", { integer: true, min: 1, max: 16 }),
  ];
  const isScalable = typeof store.state.values.gradient_scale === "number";
  const experiments = [createWarmup(view), ...(isScalable ? [createScale(view)] : [])];
  const controls = [...(presets ? [presets] : []), ...gradient, ...sampler, ...experiments];
  const group = (name: string, members: readonly { element: HTMLElement }[]) =>
    h(
      "div",
      "setting-group",
      { role: "group", "aria-label": name },
      h("span", "group-name", { "aria-hidden": "true" }, name),
      h("div", "setting-fields", {}, ...members.map((control) => control.element)),
    );
  const element = h("div", "settings", {}, group("gradient", gradient), group("sampler", sampler));
  element.append(group("try", experiments));
  if (presets) element.prepend(group("preset", [presets]));
  if (problem) element.prepend(group("problem", [problem]));
  return {
    element,
    update(state, changed) {
      if (touches(changed, "values", "preset", "status"))
        for (const control of controls) control.update(state);
      problem?.update(state, changed);
    },
  };
}
