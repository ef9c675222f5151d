import { formatCount, formatNumber } from "../draw/format.ts";
import { drawPhase, type PhaseData, phaseScales } from "../draw/phase.ts";
import type { Interval } from "../draw/scales.ts";
import type { TreeData } from "../draw/tree.ts";
import type { Chain } from "../state/chain.ts";
import type { Transition } from "../state/frame.ts";
import type { State } from "../state/state.ts";
import { button, h, setAttributes, setText } from "./dom.ts";
import { CONTROL } from "./look.ts";
import { pickPosition } from "./pick.ts";
import { createPlot } from "./plot.ts";
import { invitation } from "./sampler.ts";
import { between, stages, trailOf } from "./stages.ts";
import { support } from "./support.ts";
import { type Panel, touches, type View } from "./view.ts";

/** What came of the shown transition. */
export function outcomeOf({ transition }: State): PhaseData["outcome"] {
  if (transition?.is_divergent) return "divergent";
  return transition?.is_accepted === false ? "rejected" : "accepted";
}

/** A mass matrix that is not a number has no place in a plane; its first entry is shown. */
function firstNumber(value: unknown): number {
  const found = Array.isArray(value) ? Number(value.flat()[0]) : Number(value);
  return found > 0 ? found : 1;
}

/** Finer than the marks can be told apart. */
const PLACES = 512;

/** Where divergent transitions began, one for each place; brought up to date by new draws. */
class Divergences {
  total = 0;
  #at = new Map<number, number>();
  #seen: number[] = [];
  #state = "";

  update(chain: Chain, range: Interval, start: number): void {
    const state = `${chain.revision} ${range} ${start}`;
    if (state !== this.#state) {
      this.#state = state;
      this.#at.clear();
      this.#seen = chain.series.map(() => 0);
    }
    const width = (range[1] - range[0]) / PLACES;
    chain.series.forEach(({ divergent, values }, i) => {
      for (let j = this.#seen[i] as number; j < divergent.length; j++) {
        const draw = divergent[j] as number;
        const from = draw > 0 || chain.offset > 0 ? values[Math.max(0, draw - 1)] : start;
        this.#at.set(Math.floor(((from as number) - range[0]) / width), from as number);
      }
      this.#seen[i] = divergent.length;
    });
    this.total = this.#seen.reduce((sum, each) => sum + each, 0);
  }

  get positions(): number[] {
    return [...this.#at.values()];
  }
}

function stageOf(transition: Transition, stage: number | null): PhaseData["stage"] {
  if (stage === null || transition.tree) return null;
  const { now, before, position, momentum } = between(stages(transition), stage);
  const trail = trailOf(transition);
  const made = Math.min(now.made, before === now ? now.made : before.made);
  const isFirst = before === now;
  return {
    trail: {
      position: [...trail.position.slice(0, made), position],
      momentum: [...trail.momentum.slice(0, made), momentum],
    },
    from: isFirst ? [position, 0] : [before.position, before.momentum],
    to: [position, momentum],
    isDecided: now.isDecided ?? false,
  };
}

/** NUTS's tree as far as it has grown at one moment. */
export function treeOf(transition: Transition, stage: number | null): TreeData | null {
  const { tree } = transition;
  if (!tree) return null;
  const all = stages(transition);
  const count = stage === null ? tree.directions.length : between(all, stage).now.made;
  // The last stage alone tells which point is drawn.
  const isOpen = stage !== null && stage < all.length - 1;
  return {
    ...tree,
    isLastDiscarded: tree.is_last_discarded,
    count,
    ...(isOpen && { selected: -1 }),
  };
}

/** Phase space: one transition over the levels of its energy. */
export function createPhasePanel(view: View): Panel {
  const { store, signal } = view;
  const plot = createPlot("phase", "Phase space", "path over energy levels");
  const invite = h("span", "invite", { "aria-hidden": "true" });
  plot.overlay.append(invite);
  const pick = button("Start here…", "quiet", signal, () =>
    store.set({ isPicking: !store.state.isPicking }),
  );
  setAttributes(pick, {
    [CONTROL]: "initial_position",
    title: "Then click a position; or type it in the field start position",
  });
  plot.head.append(h("span", "tools", {}, pick));
  const picking = pickPosition(view, plot);
  const divergences = new Divergences();
  return {
    element: plot.element,
    inTurns: true,
    update(state, changed) {
      const keys = ["frame", "transition", "drawsNumber", "values", "stage", "isPicking"] as const;
      if (!touches(changed, ...keys, "theme", "layout")) return;
      const { transition, frame } = state;
      invite.hidden = transition !== null && !state.isPicking;
      setText(invite, state.isPicking ? "Click a position to start from" : invitation(state));
      setAttributes(pick, { "aria-pressed": String(state.isPicking) });
      const context = plot.context();
      if (!frame?.density || !context) return;
      const told = transition?.scalars.inverse_mass ?? Number.NaN;
      const right = transition?.right;
      const { direction, initial_position: from } = state.values;
      const starts = [from].flat().map(Number);
      const start =
        starts[typeof direction === "number" ? direction : 0] ?? starts[0] ?? Number.NaN;
      divergences.update(state.chain, support(frame.density), start);
      const data: PhaseData = {
        x: frame.density.x,
        logdensity: frame.density.logdensity,
        support: support(frame.density),
        inverseMass: told > 0 ? told : firstNumber(state.values.inverse_mass_matrix),
        start,
        path: transition,
        right: right
          ? {
              position: right.position,
              momentum: right.momentum ?? new Float64Array(right.position.length),
            }
          : null,
        tree: transition && treeOf(transition, state.stage),
        stage: transition && stageOf(transition, state.stage),
        outcome: outcomeOf(state),
        whatIf: transition?.what_if ?? false,
        divergent: divergences.positions,
      };
      const scales = phaseScales(plot.size(), data);
      picking.update(state, scales.x);
      drawPhase(context, scales, data, view.theme());
      plot.setNote(noteOf(transition) + (state.spec.point ? " of a slice" : ""));
      plot.describe(describe(data, transition) + describeDivergences(divergences.total));
    },
  };
}

function noteOf(transition: Transition | null): string {
  if (transition?.right) return "wide: with the right gradient";
  if (transition?.tree) return "points by doubling";
  return transition && !transition.momentum ? "start and proposal" : "path over energy levels";
}

function describe(data: PhaseData, transition: Transition | null): string {
  const levels = "Phase space: lines of equal energy over position and momentum.";
  const { path, tree } = data;
  if (!path || !transition) {
    return `${levels} The chain starts at position ${formatNumber(data.start)}.`;
  }
  const short = (value: number | undefined) => formatNumber(value ?? Number.NaN, 3);
  const point = (i: number) => `(${short(path.position.at(i))}, ${short(path.momentum?.at(i))})`;
  if (tree) {
    const directions = Array.from(tree.directions, (each) => (each > 0 ? "forward" : "backward"));
    return (
      `${levels} NUTS: ${directions.length} doublings (${directions.join(", ")}), ` +
      `${path.position.length} points, of which ${point(transition.tree?.selected ?? 0)} is drawn.`
    );
  }
  if (!path.momentum) {
    return (
      `${levels} A proposal without momentum, from ${short(path.position[0])} to ` +
      `${short(path.position.at(-1))}, ${data.outcome}.`
    );
  }
  return (
    `${levels} ${data.whatIf ? "What if: a" : "A"} leapfrog path of ${path.position.length - 1} steps ` +
    `from ${point(0)} to ${point(-1)}, ${data.outcome}.` +
    (data.right ? " Beside it the path with the right gradient." : "")
  );
}

const describeDivergences = (total: number) =>
  total ? ` Marked on the axis: where ${formatCount(total)} divergent transitions began.` : "";
