import type { Size } from "../draw/canvas.ts";
import {
  type CloudData,
  cloudScales,
  drawCloud,
  drawDivergent,
  drawGround,
  drawPoints,
  type Points,
} from "../draw/cloud.ts";
import { contour, densityLevels, type Pieces } from "../draw/contours.ts";
import { formatCount, formatNumber, formatPercent, typeset } from "../draw/format.ts";
import { Histogram } from "../draw/histogram.ts";
import { extent, type Interval, pad } from "../draw/scales.ts";
import type { Theme } from "../draw/theme.ts";
import type { Chain } from "../state/chain.ts";
import type { Path } from "../state/frame.ts";
import { current, type Pair, type PlaneDensity, planeOf, waitingFor } from "../state/plane.ts";
import type { State } from "../state/state.ts";
import { h, setAttributes } from "./dom.ts";
import { outcomeOf, treeOf } from "./phase.ts";
import { createPlot } from "./plot.ts";
import { between, stages } from "./stages.ts";
import { type Panel, touches, type View } from "./view.ts";

/** Levels of a normal density at these distances, in standard deviations. */
const RADII = [0.5, 1, 1.5, 2, 2.5, 3];
const BINS = 44;
/** More diamonds than this hide each other. */
const MOST_DIVERGENT = 300;
/** A quadrature that errs by more says so. */
const TELLING = 1e-3;

const pairOf = (plane: Float64Array | null | undefined): Points | null =>
  plane ? [plane.subarray(0, plane.length / 2), plane.subarray(plane.length / 2)] : null;

/** The exact moments and those of the draws, of one coordinate. */
function momentsOf(name: string, which: 0 | 1, chain: Chain, density: PlaneDensity | null) {
  const short = (value: number) => formatNumber(value, 3);
  const { marginals = null } = density ?? {};
  const told = (word: "mean" | "sd") => {
    const drawn = chain.count ? chain.plane?.[word][which] : undefined;
    // A mean by quadrature is zero up to rounding, as measured by the spread.
    const exact = marginals?.[word][which] ?? Number.NaN;
    const isZero = Math.abs(exact) < 1e-7 * (marginals?.sd[which] ?? 0);
    const known = Number.isFinite(exact) ? `exact ${short(isZero ? 0 : exact)}` : "";
    if (drawn === undefined || Number.isNaN(drawn)) return known && `${word} ${known}`;
    return `${word} ${short(drawn)}${known && ` (${known})`}`;
  };
  const parts = [told("mean"), told("sd")].filter(Boolean);
  return parts.length ? `${name}: ${parts.join(", ")}` : "";
}

/** The draws as far as they have been drawn, on a canvas of their own: only new ones are added. */
class Layer {
  readonly canvas = document.createElement("canvas");
  histograms: Pair<Histogram> = [new Histogram([0, 1], BINS), new Histogram([0, 1], BINS)];
  #key = "";
  #drawn = 0;

  update(
    size: Size,
    data: Pick<CloudData, "domain" | "contours" | "names">,
    chain: Chain,
    theme: Theme,
  ): void {
    const ratio = window.devicePixelRatio || 1;
    const { domain } = data;
    const look = [theme.ink, theme.accent, theme.font, ...data.names];
    const key = [size.width, size.height, ratio, chain.revision, ...domain, ...look].join();
    const context = this.canvas.getContext("2d");
    if (!context) return;
    const scales = cloudScales(size, domain);
    const isNew = key !== this.#key || data.contours !== this.#contours;
    if (isNew) {
      this.#key = key;
      this.#contours = data.contours;
      this.#drawn = 0;
      this.canvas.width = Math.round(size.width * ratio);
      this.canvas.height = Math.round(size.height * ratio);
      this.histograms = [new Histogram(domain[0], BINS), new Histogram(domain[1], BINS)];
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      drawGround(context, scales, data, theme);
    }
    const chains = chain.plane?.chains ?? [];
    chains.forEach(([xs, ys], i) => {
      const points = [xs.values, ys.values] as const;
      drawPoints(context, scales, points, [this.#drawn, chain.count], i, theme);
      this.histograms[0].add(xs.values, this.#drawn, chain.count);
      this.histograms[1].add(ys.values, this.#drawn, chain.count);
    });
    this.#drawn = chain.count;
  }

  #contours: readonly Pieces[] = [];
}

/** Where divergent transitions began: after which draw, in the plane. */
function divergences(chain: Chain, start: Pair<number>): Pair<number>[] {
  const found: Pair<number>[] = [];
  chain.series.forEach(({ divergent }, i) => {
    const [xs, ys] = chain.plane?.chains[i] ?? [];
    for (const draw of divergent.slice(-MOST_DIVERGENT)) {
      if (draw === 0 && chain.offset === 0) found.push(start);
      else if (xs && ys) {
        const from = Math.max(0, draw - 1);
        found.push([xs.values[from] as number, ys.values[from] as number]);
      }
    }
  });
  return found;
}

/** The sampler over two coordinates: draws over the density, a path, both marginals. */
export function createCloudPanel(view: View, names: (plane: Pair<number>) => Pair<string>): Panel {
  const { spec } = view.store.state;
  const dim = spec.point?.dim ?? 2;
  const plot = createPlot("cloud", "Draws in the plane", "");
  const layer = new Layer();
  const told = h("div", "legend");
  plot.element.append(told);
  let shown = "";
  let contours: { of: Float64Array | null; pieces: readonly Pieces[] } = { of: null, pieces: [] };
  /** Where there are more coordinates, draws may be far from the slice: it widens for them. */
  let reach: { of: string; domain: Pair<Interval>; seen: number } | null = null;

  const startOf = ({ values }: State, plane: Pair<number>): Pair<number> => {
    const start = values.initial_position;
    const of = (k: number) => Number(Array.isArray(start) ? start[k] : start);
    return [of(plane[0]), of(plane[1])];
  };

  const domainOf = (state: State, density: PlaneDensity, start: Pair<number>): Pair<Interval> => {
    const { chain, plane } = state;
    const of = `${plane.density?.key} ${chain.revision} ${start}`;
    if (reach?.of !== of) {
      const wide = (axis: Float64Array, at: number) => extent(axis, [at]) ?? [at - 1, at + 1];
      const domain = [wide(density.across, start[0]), wide(density.up, start[1])] as const;
      reach = { of, domain, seen: 0 };
    }
    if (!density.marginals) {
      const { domain, seen } = reach;
      const widened = (which: 0 | 1): Interval => {
        const [low, high] = domain[which];
        const drawn = chain.plane?.chains.map((both) =>
          both[which].values.subarray(seen, chain.count),
        );
        const [first, last] = extent(...(drawn ?? []), domain[which]) ?? domain[which];
        return pad([first, last], first < low ? 0.1 : 0, last > high ? 0.1 : 0);
      };
      reach = { of, domain: [widened(0), widened(1)], seen: chain.count };
    }
    return reach.domain;
  };

  const madeAt = ({ transition, stage }: State): number | null => {
    if (!transition || transition.tree || stage === null) return null;
    const { now } = between(stages(transition), stage);
    return now.isDecided ? null : now.steps + 1;
  };

  return {
    element: plot.element,
    update(state, changed) {
      const keys = ["frame", "transition", "drawsNumber", "values", "stage", "plane"] as const;
      if (!touches(changed, ...keys, "status", "theme", "layout")) return;
      const plane = planeOf(state.values);
      const context = plot.context();
      if (!context || !plane) return;
      const found = current(state.plane.density, state);
      if (!found) {
        plot.setNote(waitingFor("density", state));
        plot.describe("Draws in the plane: the density is being computed.");
        return;
      }
      const density = found.part;
      if (contours.of !== density.logdensity) {
        const { across, up, logdensity } = density;
        const levels = densityLevels(logdensity, RADII);
        const pieces = levels.map((level) => contour(across, up, logdensity, level));
        contours = { of: logdensity, pieces };
      }
      const { chain, frame } = state;
      // A path of other coordinates waits for those that are wanted now.
      const isSame = frame !== null && String(planeOf(frame.values)) === String(plane);
      const transition = isSame ? state.transition : null;
      const start = startOf(state, plane);
      const { marginals } = density;
      const ground = {
        domain: domainOf(state, density, start),
        contours: contours.pieces,
        names: names(plane),
      };
      layer.update(plot.size(), ground, chain, view.theme());
      const data: CloudData = {
        ...ground,
        histograms: layer.histograms,
        marginals:
          marginals &&
          [0, 1].map((k) => ({
            x: marginals.x[k as 0 | 1],
            density: marginals.density[k as 0 | 1],
          })),
        start,
        path: pairOf(transition?.plane),
        right: pairOf(transition?.right?.plane),
        tree: transition && treeOf(transition, state.stage),
        made: madeAt(state),
        outcome: outcomeOf(state),
        whatIf: transition?.what_if ?? false,
      };
      const { width, height } = plot.size();
      context.drawImage(layer.canvas, 0, 0, width, height);
      const scales = cloudScales({ width, height }, data.domain);
      drawDivergent(context, scales, divergences(chain, start), view.theme());
      drawCloud(context, scales, data, view.theme());
      setAttributes(plot.element, { "data-pending": found.isPending });
      const over = dim > 2 ? "a slice of the density" : "the density";
      plot.setNote(found.isPending ? waitingFor("density", state) : `over contours of ${over}`);
      const moments = ([0, 1] as const)
        .map((k) => momentsOf(data.names[k], k, chain, density))
        .filter(Boolean);
      const isRough = marginals && marginals.error > TELLING;
      const lines = [
        ...moments,
        ...(isRough ? [`exact ones to about ${formatPercent(marginals.error)}`] : []),
        ...(dim > 2
          ? ["marginals of the draws alone: the exact ones are known for two coordinates"]
          : []),
      ];
      if (lines.join() !== shown) {
        shown = lines.join();
        told.replaceChildren(...lines.map((line) => h("span", "", {}, typeset(line))));
      }
      plot.describe(describe(state, data, over, moments));
    },
  };
}

function describe(state: State, data: CloudData, over: string, moments: readonly string[]): string {
  const { chain, transition } = state;
  const total = chain.count * chain.series.length;
  const draws = total ? `${formatCount(total)} draw${total === 1 ? "" : "s"}` : "No draws yet";
  return (
    `${draws} in the plane of ${data.names.join(" and ")}, over contours of ${over}. ` +
    (moments.length ? `Marginals: ${moments.join("; ")}. ` : "") +
    describePath(transition, data)
  );
}

function describePath(path: Path | null, { path: points, tree, outcome }: CloudData): string {
  if (!path || !points) return "";
  const [xs, ys] = points;
  const at = (i: number) =>
    `(${formatNumber(xs[i] as number, 3)}, ${formatNumber(ys[i] as number, 3)})`;
  const end = tree && tree.selected >= 0 ? tree.selected : xs.length - 1;
  return `A path of ${xs.length} points from ${at(tree?.start ?? 0)} to ${at(end)}, ${outcome}.`;
}
