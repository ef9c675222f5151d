import { Extremes } from "../draw/extremes.ts";
import { formatCount, formatNumber, typeset } from "../draw/format.ts";
import type { Scale } from "../draw/scales.ts";
import { drawTrace, type TraceData, traceScales } from "../draw/trace.ts";
import type { Chain } from "../state/chain.ts";
import type { State } from "../state/state.ts";
import { createChainKeys } from "./chains.ts";
import { button, FOCUSABLE, h, setAttributes, setText } from "./dom.ts";
import { listenToKeys } from "./keys.ts";
import { createPlot, moveTo, pointIn } from "./plot.ts";
import { support } from "./support.ts";
import { type Panel, touches, type View } from "./view.ts";

/** Finer than most screens show. */
const STRETCHES = 1200;
/** Several chains cover each other, and each line costs time to draw: they share, down to this. */
const FEWEST = 300;

/** What the lines go through, brought up to date by the draws that are new. */
class Lines {
  chains: Extremes[] = [];
  #revision = -1;

  update(chain: Chain): void {
    if (chain.revision !== this.#revision) {
      const stretches = Math.max(FEWEST, Math.round(STRETCHES / chain.series.length));
      this.chains = chain.series.map(() => new Extremes(stretches));
      this.#revision = chain.revision;
    }
    chain.series.forEach(({ values }, i) => {
      this.chains[i]?.grow(values, chain.count);
    });
  }
}

function dataOfWarmup(values: Float64Array | undefined): TraceData["warmup"] {
  if (!values?.length) return null;
  const extremes = new Extremes(STRETCHES);
  extremes.grow(values, values.length);
  return { values, kept: extremes.kept };
}

/** The draw on display: the hand's wish, until it has come. */
export const shownDraw = ({ wanted, transition, chain }: State) =>
  Math.min(wanted ?? transition?.index ?? chain.numDraws, chain.numDraws);

/** Draws in their order; any of them can be shown again. */
export function createTracePanel(view: View): Panel {
  const { store, actions, signal } = view;
  const plot = createPlot("trace", "Trace", "draws in their order");
  const readout = h("span", "readout", { "aria-hidden": "true" });
  const branch = button("Branch here", "", signal, () => actions.branch(shownDraw(store.state)));
  const latest = button("Latest", "quiet", signal, () => actions.show(null));
  plot.head.append(h("span", "tools", {}, readout, branch, latest));
  const handle = h("div", "handle", {
    role: "slider",
    tabindex: 0,
    "aria-label": "draw",
    "aria-valuemin": 1,
    ...FOCUSABLE,
  });
  plot.overlay.append(handle);
  const chains = createChainKeys();
  plot.element.append(chains.element);

  let scale: Scale | null = null;
  const show = (draw: number) => {
    const { numDraws, offset } = store.state.chain;
    const next = Math.max(offset + 1, Math.min(numDraws, Math.round(draw)));
    if (next !== shownDraw(store.state)) actions.show(next === numDraws ? null : next);
  };
  const stage = plot.overlay.parentElement as HTMLElement;
  const point = (event: PointerEvent) => {
    if (scale) show(scale.invert(pointIn(stage, event)[0]));
  };
  let scrubbing = false;
  stage.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0 || !store.state.chain.numDraws) return;
      scrubbing = true;
      stage.setPointerCapture(event.pointerId);
      point(event);
    },
    { signal },
  );
  stage.addEventListener("pointermove", (event) => scrubbing && point(event), { signal });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    stage.addEventListener(
      end,
      () => {
        scrubbing = false;
      },
      { signal },
    );
  }
  listenToKeys(handle, {
    parameter: () => {
      const { offset, numDraws } = store.state.chain;
      const bounds = { min: offset + 1, max: numDraws, lower: null, upper: null };
      return { name: "draw", label: "draw", log: false, step: 1, ...bounds };
    },
    value: () => shownDraw(store.state),
    move: (draw, settled) => {
      if (!settled) show(draw);
    },
    signal,
  });

  const lines = new Lines();
  let warmup: { of: Float64Array | undefined; data: TraceData["warmup"] } = {
    of: undefined,
    data: null,
  };
  return {
    element: plot.element,
    update(state, changed) {
      const keys = ["frame", "drawsNumber", "transition", "wanted", "theme", "layout"] as const;
      if (!touches(changed, ...keys)) return;
      const { chain, frame } = state;
      const shown = shownDraw(state);
      const isEarlier = state.wanted !== null || state.transition?.is_last === false;
      branch.hidden = latest.hidden = !isEarlier || shown >= chain.numDraws;
      setText(readout, branch.hidden ? "" : `draw ${formatCount(shown)}`);
      const context = plot.context();
      if (!frame?.density || !context) return;
      const { series, count, offset, marks } = chain;
      lines.update(chain);
      if (warmup.of !== chain.warmup?.draws) {
        warmup = { of: chain.warmup?.draws, data: dataOfWarmup(chain.warmup?.draws) };
      }
      const data: TraceData = {
        chains: series.map(({ values, divergent }, i) => ({
          values,
          divergent,
          kept: lines.chains[i]?.kept ?? [],
        })),
        count,
        offset,
        marks: marks.map(({ draw }) => draw),
        support: support(frame.density),
        warmup: warmup.data,
        shown: branch.hidden ? null : shown,
      };
      const scales = traceScales(plot.size(), data);
      scale = scales.x;
      drawTrace(context, scales, data, view.theme());
      chains.update(series.length, view.theme());
      const last = marks.at(-1);
      plot.setNote(last ? `dotted: settings changed (${last.text})` : "draws in their order");
      plot.describe(describe(state));

      const value = series[0]?.values[shown - offset - 1];
      setAttributes(handle, {
        "aria-valuemax": chain.numDraws,
        "aria-valuenow": shown,
        "aria-valuetext": `draw ${shown} of ${chain.numDraws}`,
        "data-shown": !branch.hidden,
      });
      const nowhere = [Number.NaN, Number.NaN] as const;
      moveTo(handle, value === undefined ? nowhere : [scales.x(shown), scales.y(value)]);
    },
  };
}

function describe({ chain }: State): string {
  const { series, count, marks, warmup } = chain;
  const divergent = series.reduce((sum, each) => sum + each.divergent.length, 0);
  const found = warmup
    ? ` Before them ${formatCount(warmup.num_draws)} draws of a warm-up, which found the step ` +
      `size ${typeset(formatNumber(warmup.step_size, 3))}.`
    : "";
  return (
    `Trace of ${formatCount(count)} draws of ${series.length || 1} ` +
    `chain${series.length > 1 ? "s" : ""}; ${divergent || "no"} divergences` +
    (marks.length ? `; settings changed at ${marks.map(({ draw }) => draw).join(", ")}.` : ".") +
    found
  );
}
