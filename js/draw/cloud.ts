import { drawContours, drawNames } from "./arrows.ts";
import { drawAxes } from "./axes.ts";
import { type Area, bottom, clipped, right, type Size, stroke, text } from "./canvas.ts";
import type { Pieces } from "./contours.ts";
import { drawCurve, referenceStroke } from "./curve.ts";
import type { Histogram } from "./histogram.ts";
import { marker } from "./marker.ts";
import { drawOrigin, type Outcome } from "./outcome.ts";
import { drawPath, drawRightPath, pixels } from "./path.ts";
import { extent, type Interval, linear, type Scale } from "./scales.ts";
import { chainStyle, type Theme } from "./theme.ts";
import { drawTree, type TreeData } from "./tree.ts";

/** Two numbers for each of many points. */
export type Points = readonly [ArrayLike<number>, ArrayLike<number>];

/** The density over two coordinates, and what the sampler does there. */
export interface CloudData {
  domain: readonly [Interval, Interval];
  contours: readonly Pieces[];
  names: readonly [string, string];
  /** Of both coordinates: the draws, and what they should be where that is known. */
  histograms: readonly [Histogram, Histogram];
  marginals: readonly { x: Float64Array; density: Float64Array }[] | null;
  start: readonly [number, number];
  path: Points | null;
  right: Points | null;
  tree: TreeData | null;
  /** Points of the path that have been made, at one moment of the transition; null: all. */
  made: number | null;
  outcome: Outcome;
  whatIf: boolean;
}

/** Room for the marginals above and beside the plane. */
const EDGE = 46;
const GAP = 4;

export function cloudScales(size: Size, [across, up]: CloudData["domain"]) {
  const area: Area = {
    left: 42,
    top: 10 + EDGE + GAP,
    width: Math.max(20, size.width - 42 - 10 - EDGE - GAP),
    height: Math.max(20, size.height - 34 - EDGE - GAP),
  };
  const x = linear(across, [area.left, right(area)]);
  const y = linear(up, [bottom(area), area.top]);
  return { area, x, y };
}

type Scales = ReturnType<typeof cloudScales>;

/** What rests while draws come in. */
export function drawGround(
  context: CanvasRenderingContext2D,
  { area, x, y }: Scales,
  data: Pick<CloudData, "contours" | "names">,
  theme: Theme,
): void {
  drawAxes(context, area, [x, {}], [y, {}], theme);
  clipped(context, area, () => {
    drawContours(context, data.contours, x, y, { color: theme.muted, alpha: 0.75 });
  });
  drawNames(context, area, data.names, theme);
}

/** The first draws are seen each for itself; beyond many, each of them is fainter. */
const FEW = 100;
const MANY = 2_000;

/** More draws over those that are there. */
export function drawPoints(
  context: CanvasRenderingContext2D,
  { area, x, y }: Scales,
  [xs, ys]: Points,
  [from, to]: readonly [number, number],
  chain: number,
  theme: Theme,
): void {
  clipped(context, area, () => {
    context.fillStyle = chainStyle(theme, chain).color;
    for (let i = from; i < to; i++) {
      context.globalAlpha = i < FEW ? 0.75 : i < MANY ? 0.5 : 0.2;
      const width = i < FEW ? 3.5 : 2.5;
      const [px, py] = [x(xs[i] as number), y(ys[i] as number)];
      context.fillRect(px - width / 2, py - width / 2, width, width);
    }
  });
}

/** Where divergent transitions began: diamonds, open ones. */
export function drawDivergent(
  context: CanvasRenderingContext2D,
  { area, x, y }: Scales,
  places: readonly (readonly [number, number])[],
  theme: Theme,
): void {
  clipped(context, area, () => {
    for (const [px, py] of places) {
      const ring = { color: theme.wrong, width: 1.5 };
      marker(context, [x(px), y(py)], 3, 3, theme.surface, ring);
    }
  });
}

/** What is anew with each draw: the marginals along the edges, and the path. */
export function drawCloud(
  context: CanvasRenderingContext2D,
  scales: Scales,
  data: CloudData,
  theme: Theme,
): void {
  const { area, x, y } = scales;
  const top = { ...area, top: area.top - EDGE - GAP, height: EDGE };
  const side = { ...area, left: right(area) + GAP, width: EDGE };
  const [first, second] = data.marginals ?? [];
  drawMarginal(context, top, x, data.histograms[0], first, false, theme);
  drawMarginal(context, side, y, data.histograms[1], second, true, theme);
  clipped(context, area, () => drawTransition(context, scales, data, theme));
  const end = data.path && lastOf(data.path);
  if (end && !(inside(end[0], x.domain) && inside(end[1], y.domain))) {
    text(context, "the path leaves the plot", [right(area) - 5, area.top + 13], {
      color: theme.wrong,
      font: `600 12px ${theme.font}`,
      align: "right",
    });
  }
}

const lastOf = ([xs, ys]: Points) => [xs[xs.length - 1] ?? 0, ys[ys.length - 1] ?? 0] as const;
const inside = (value: number, [low, high]: Interval) => value >= low && value <= high;

/** A histogram along an edge against the exact marginal; upright, or lying on its side. */
function drawMarginal(
  context: CanvasRenderingContext2D,
  area: Area,
  along: Scale,
  histogram: Histogram,
  exact: { x: Float64Array; density: Float64Array } | undefined,
  isSide: boolean,
  theme: Theme,
): void {
  let most = exact ? (extent(exact.density)?.[1] ?? 0) * 1.25 : 0;
  const highest = exact ? 2.4 * most : Number.POSITIVE_INFINITY;
  for (let bin = 0; bin < histogram.bins; bin++) most = Math.max(most, histogram.density(bin));
  const range: Interval = isSide ? [area.left, right(area)] : [bottom(area), area.top];
  const height = linear([0, Math.min(most, highest) || 1], range);
  clipped(context, area, () => {
    context.save();
    context.fillStyle = theme.accent;
    context.globalAlpha = 0.4;
    for (let bin = 0; bin < histogram.bins; bin++) {
      const from = along(histogram.range[0] + bin * histogram.width);
      const to = along(histogram.range[0] + (bin + 1) * histogram.width);
      const level = height(histogram.density(bin)) - range[0];
      if (level === 0) continue;
      if (isSide) context.fillRect(range[0], from, level, to - from + 0.5);
      else context.fillRect(from, range[0], to - from - 0.5, level);
    }
    context.restore();
    if (!exact) return;
    const style = { ...referenceStroke(theme), width: 3 };
    if (isSide) {
      stroke(context, style, (path) => {
        exact.x.forEach((at, i) => {
          path.lineTo(height(exact.density[i] as number), along(at));
        });
      });
    } else drawCurve(context, exact.x, exact.density, along, height, style);
  });
}

function drawTransition(
  context: CanvasRenderingContext2D,
  { x, y }: Scales,
  data: CloudData,
  theme: Theme,
): void {
  const at = (px: number, py: number): [number, number] => [x(px), y(py)];
  const { path, right: beside, tree, made } = data;
  if (!path) {
    drawOrigin(context, at(...data.start), theme);
    return;
  }
  // What phase space calls position and momentum are here two positions.
  const [position, momentum] = path;
  if (beside && made === null) {
    drawRightPath(context, at, { position: beside[0], momentum: beside[1] }, theme);
  }
  if (tree) drawTree(context, at, { position, momentum }, tree, data.outcome, theme);
  else if (made === null) drawPath(context, at, { position, momentum }, data, theme);
  else {
    const points = pixels(at, { position, momentum }).slice(0, made);
    stroke(context, { color: theme.accent, width: 2 }, (line) => {
      for (const point of points) line.lineTo(...point);
    });
    if (points[0]) drawOrigin(context, points[0], theme);
    const last = points.at(-1);
    if (last && points.length > 1) {
      marker(context, last, 5, 0, theme.surface, { color: theme.accent, width: 2 });
    }
  }
}
