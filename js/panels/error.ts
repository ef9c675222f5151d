import { type Run, runs } from "../draw/bands.ts";
import { interpolate } from "../draw/curve.ts";
import { drawError, type ErrorData, errorScales, tickAt } from "../draw/error.ts";
import { formatError, formatNumber, typeset } from "../draw/format.ts";
import type { Errors } from "../state/frame.ts";
import { xOf } from "../state/shown.ts";
import { statusName, statusText } from "../state/solver.ts";
import type { State } from "../state/state.ts";
import { kinds, verdictName, verdictText } from "../state/verdict.ts";
import { button, FOCUSABLE, h, setAttributes, setText, uniqueId } from "./dom.ts";
import { createPlot, pointIn } from "./plot.ts";
import { describeStatus, legend, stretches } from "./ribbon.ts";
import { type Asked, askedGradients } from "./stages.ts";
import { type Panel, touches, type View } from "./view.ts";

/** Index of the grid point next to x. */
export function nearest(xs: Float64Array, x: number): number {
  let best = 0;
  for (let i = 1; i < xs.length; i++) {
    if (Math.abs((xs[i] as number) - x) < Math.abs((xs[best] as number) - x)) best = i;
  }
  return best;
}

/** The point in the middle of the first wrong stretch beyond x, from the left end on again. */
export function nextWrong(errors: Errors, wrong: readonly Run[], x: number): number | null {
  const beyond = wrong.find(([first]) => (errors.x[first] as number) > x);
  const run = beyond ?? wrong[0];
  return run ? (errors.x[Math.floor((run[0] + run[1]) / 2)] as number) : null;
}

/** The relative error along x: where the gradient is wrong, and where the sampler met that. */
export function createErrorPanel(view: View, map: HTMLElement | null): Panel {
  const { store, actions, signal } = view;
  const { spec } = store.state;
  const { label, name } = spec.x;
  const plot = createPlot(
    "error",
    "Relative error of the gradient",
    spec.point ? "shaded: wrong" : "shaded: wrong. Ticks: where the sampler asked for it",
  );
  const readout = h("span", "readout", { "aria-hidden": "true" });
  const reason = h("span", "reason", { id: uniqueId("reason") });
  const next = button("Next wrong place", "", signal, () => {
    const { frame, values } = store.state;
    if (!frame?.errors) return;
    const wrong = runs(frame.errors.verdict, kinds.wrong);
    const x = nextWrong(frame.errors, wrong, Number(values[name]));
    if (x !== null) actions.change(name, x, true);
  });
  next.setAttribute("aria-describedby", reason.id);
  const axis = h(
    "button",
    "button quiet",
    { type: "button", "aria-label": `log ${label} axis`, ...FOCUSABLE },
    `log ${label}`,
  );
  axis.addEventListener(
    "click",
    () => {
      const { errorScale } = store.state;
      store.set({ errorScale: errorScale === "symlog" ? "linear" : "symlog" });
    },
    { signal },
  );
  const mapButton = button("Map", "quiet", signal, () => {
    const isShown = store.state.map.parameter !== null;
    actions.showMap(isShown ? null : (store.state.spec.parameters[0]?.name ?? null));
  });
  setAttributes(mapButton, { "aria-controls": map?.id, title: "the error over x and a parameter" });
  mapButton.hidden = map === null;
  const follow = button("Next gradient", "", signal, () => {
    const { transition, stage } = store.state;
    if (!transition) return;
    const asked = askedGradients(transition);
    const beyond = asked.filter((each) => each.stage > Math.ceil(stage ?? 0));
    // NUTS asks for many in one moment; they are gone through by the first of each.
    const found = stage === null ? asked : beyond;
    const first = found.reduce((best, each) => (each.stage < best.stage ? each : best), {
      position: Number.NaN,
      stage: Number.POSITIVE_INFINITY,
    });
    goTo(Number.isFinite(first.stage) ? first : (asked[0] as Asked));
  });
  follow.hidden = spec.point !== null;
  setAttributes(follow, { title: "Follow the transition from where it asked for a gradient" });
  const goTo = ({ position, stage }: Asked) => {
    store.set({ stage, isPlaying: false });
    actions.change(name, position, true);
  };
  plot.head.append(h("span", "tools", {}, readout, mapButton, axis, follow, reason, next));
  const keys = h("div", "legend");
  plot.element.append(keys);
  let explained: Float64Array | null = null;

  const dataOf = (state: State, errors: Errors): ErrorData => {
    const { frame } = state;
    const x = xOf(state);
    const settled = frame && Number(frame.values[name]) === x;
    return {
      x: errors.x,
      error: errors.rel_error,
      verdict: errors.verdict,
      kinds,
      at: x,
      errorAt: settled ? frame.point.rel_error : interpolate(errors.x, errors.rel_error, x),
      asked: shownAsked(state),
      readout: state.readout,
      scale: state.errorScale,
      variable: label,
      ribbon: (along) => stretches(errors.x, errors.status, along),
    };
  };

  const stage = plot.overlay.parentElement as HTMLElement;
  const pointed = (event: PointerEvent | MouseEvent): number | null => {
    const errors = store.state.frame?.errors;
    if (!errors) return null;
    const { x } = errorScales(plot.size(), {
      x: errors.x,
      error: errors.rel_error,
      scale: store.state.errorScale,
    });
    const [pixel] = pointIn(stage, event);
    if (pixel < x.range[0] || pixel > x.range[1]) return null;
    return errors.x[nearest(errors.x, x.invert(pixel))] as number;
  };
  stage.addEventListener("pointermove", (event) => store.set({ readout: pointed(event) }), {
    signal,
  });
  stage.addEventListener("pointerleave", () => store.set({ readout: null }), { signal });
  stage.addEventListener(
    "click",
    (event) => {
      const { frame, errorScale, transition } = store.state;
      if (!frame?.errors) return;
      const scales = errorScales(plot.size(), {
        x: frame.errors.x,
        error: frame.errors.rel_error,
        scale: errorScale,
      });
      const tick = tickAt(scales, shownAsked(store.state), pointIn(stage, event));
      const x = pointed(event);
      if (transition && tick >= 0) goTo(askedGradients(transition)[tick] as Asked);
      else if (x !== null) actions.change(name, x, true);
    },
    { signal },
  );

  return {
    element: plot.element,
    inTurns: true,
    update(state, changed) {
      setAttributes(mapButton, { "aria-expanded": String(state.map.parameter !== null) });
      const inputs = ["frame", "values", "transition", "stage", "readout", "errorScale"] as const;
      if (!touches(changed, ...inputs, "theme", "layout")) return;
      setAttributes(follow, { disabled: state.transition === null });
      const errors = state.frame?.errors;
      const context = plot.context();
      if (!errors || !context) return;
      const data = dataOf(state, errors);
      drawError(context, errorScales(plot.size(), data), data, view.theme());
      setAttributes(axis, { "aria-pressed": String(state.errorScale === "symlog") });

      if (state.readout === null) setText(readout, "");
      else {
        const i = nearest(errors.x, state.readout);
        const verdict = verdictName(errors.verdict[i] as number);
        const status = statusName(errors.status[i] as number);
        setText(
          readout,
          `${label} = ${typeset(formatNumber(errors.x[i] as number, 3))}: ` +
            `${typeset(formatError(errors.rel_error[i] as number))}` +
            (verdict ? `, ${verdictText(verdict)}` : "") +
            (status ? `; solver: ${statusText(status)}` : ""),
        );
      }
      if (explained !== errors.status) {
        explained = errors.status;
        const found = legend(errors.status);
        keys.replaceChildren(...(found.length ? ["solver:", ...found] : []));
      }
      const wrong = runs(errors.verdict, kinds.wrong);
      setAttributes(next, { disabled: wrong.length === 0 });
      setText(reason, wrong.length ? "" : "none here");
      plot.describe(describeErrors(data, wrong, label) + describeStatus(errors.status));
    },
  };
}

/** The gradients asked for so far; at the moment that is shown it is using the last of them. */
function shownAsked({ spec, transition, stage }: State): ErrorData["asked"] {
  // The positions of vectors are not on the line that the plot is over.
  const all = transition && !spec.point ? askedGradients(transition) : [];
  if (stage === null) return all.map(({ position }) => ({ position, isNow: false }));
  const now = Math.max(0, ...all.map((each) => each.stage).filter((each) => each <= stage));
  return all
    .filter((each) => each.stage <= stage)
    .map((each) => ({ position: each.position, isNow: each.stage === now }));
}

function describeErrors(data: ErrorData, wrong: readonly Run[], label: string): string {
  const from = formatNumber(data.x[0] ?? 0, 2);
  const to = formatNumber(data.x.at(-1) ?? 0, 2);
  const met = data.asked.filter(({ position }) => {
    const code = data.verdict[nearest(data.x, position)];
    return code !== undefined && data.kinds.wrong(code);
  }).length;
  return (
    `Relative error of the gradient for ${label} from ${from} to ${to}: ` +
    `${wrong.length || "no"} wrong places; at ${label} = ${formatNumber(data.at)} it is ` +
    `${formatError(data.errorAt)}.` +
    (data.asked.length
      ? ` The transition asked for ${data.asked.length} gradients, ${met} of them wrong.`
      : "")
  );
}
