import { drawAxes, labelFont, plotArea } from "./axes.ts";
import { type Area, bottom, clipped, right, type Size, segment, stroke, text } from "./canvas.ts";
import { energyLevels } from "./levels.ts";
import { drawOrigin, type Outcome } from "./outcome.ts";
import { drawPath, drawProposal, drawRightPath, type Place, type Points } from "./path.ts";
import { extent, type Interval, linear } from "./scales.ts";
import { drawStage, type StageData } from "./stage.ts";
import type { Theme } from "./theme.ts";
import { drawDivergence } from "./trace.ts";
import { drawTree, type TreeData } from "./tree.ts";

/** Phase space: energy levels, and what happens in one transition. */
export interface PhaseData {
  x: Float64Array;
  logdensity: Float64Array;
  /** Positions between which nearly all of the density lies. */
  support: Interval;
  inverseMass: number;
  /** Where the chain starts; marked before the first draw. */
  start: number;
  /** Without momenta: a start and a proposal. */
  path: { position: Float64Array; momentum: Float64Array | null } | null;
  /** The same with the right gradient. */
  right: Points | null;
  tree: TreeData | null;
  /** One moment of the transition, instead of all of it. */
  stage: StageData | null;
  outcome: Outcome;
  whatIf: boolean;
  /** Where divergent transitions began, one for each place that can be told apart. */
  divergent: readonly number[];
}

/** Energies above the lowest: contours at equal distances in a Gaussian's phase space. */
const LEVELS = [0.5, 1, 1.5, 2, 2.5, 3].map((radius) => radius ** 2 / 2);

export function phaseScales(size: Size, data: PhaseData) {
  const area = plotArea(size);
  const [low, high] = data.support;
  const span = high - low;
  const within = (value: number) => value > low - span && value < high + span;
  const positions = data.path ? [...data.path.position].filter(within) : [data.start];
  const reach = 3.2 / Math.sqrt(data.inverseMass);
  const momenta = [data.path, data.right]
    .flatMap((path) => Array.from(path?.momentum ?? []))
    .filter((value) => Math.abs(value) < 3 * reach);
  const top = momenta.reduce((most, value) => Math.max(most, Math.abs(value) * 1.1), reach);
  const x = linear(extent(positions, data.support) ?? data.support, [area.left, right(area)]);
  const y = linear([-top, top], [bottom(area), area.top]);
  return { area, x, y };
}

export function drawPhase(
  context: CanvasRenderingContext2D,
  { area, x, y }: ReturnType<typeof phaseScales>,
  data: PhaseData,
  theme: Theme,
): void {
  drawAxes(context, area, [x, { name: "position" }], [y, { name: "momentum" }], theme);
  const at: Place = (position, momentum) => [x(position), y(momentum)];
  clipped(context, area, () => {
    const levels = energyLevels(data.x, data.logdensity, data.inverseMass, LEVELS);
    for (const contour of levels) {
      const outline = (path: CanvasRenderingContext2D) => {
        for (const [q, p] of contour) path.lineTo(x(q), y(p));
        path.closePath();
      };
      stroke(context, { color: theme.muted, alpha: 0.4 }, outline);
      // Levels lie on each other: the lower the energy, the darker the ground.
      context.save();
      context.globalAlpha = 0.05;
      context.fillStyle = theme.accent;
      context.beginPath();
      outline(context);
      context.fill();
      context.restore();
    }
    drawTransition(context, at, data, theme);
  });
  for (const position of data.divergent) {
    const pixel = x(position);
    if (pixel >= area.left && pixel <= right(area)) drawDivergence(context, pixel, area, theme);
  }
  const note = { font: labelFont(theme), align: "right" } as const;
  const { path } = data;
  const end = path && at(path.position.at(-1) ?? 0, path.momentum?.at(-1) ?? 0);
  if (end && !contains(area, ...end)) {
    const place = [right(area) - 5, bottom(area) - 20] as const;
    text(context, "the path leaves the plot", place, { ...note, color: theme.wrong });
  }
  if (data.whatIf) {
    text(context, "what if", [right(area) - 5, area.top + 13], {
      ...note,
      color: theme.accent,
    });
  }
}

function drawTransition(
  context: CanvasRenderingContext2D,
  at: Place,
  data: PhaseData,
  theme: Theme,
): void {
  const { path, tree, stage, outcome } = data;
  if (!path) {
    drawStart(context, at(data.start, 0), theme);
    return;
  }
  const { position, momentum } = path;
  if (data.right && !stage) drawRightPath(context, at, data.right, theme);
  if (stage) drawStage(context, at, stage, outcome, theme);
  else if (!momentum) drawProposal(context, at, position, outcome, theme);
  else if (tree) drawTree(context, at, { position, momentum }, tree, outcome, theme);
  else drawPath(context, at, { position, momentum }, data, theme);
}

/** Also false for what is not a number. */
const contains = (area: Area, px: number, py: number) =>
  px >= area.left && px <= right(area) && py >= area.top && py <= bottom(area);

/** Before the first draw only the position is known: the momentum is still to be drawn. */
function drawStart(
  context: CanvasRenderingContext2D,
  at: readonly [number, number],
  theme: Theme,
): void {
  const style = { color: theme.ink, width: 1.25, dash: [2, 4] };
  segment(context, style, [at[0], -1e4], [at[0], 1e4]);
  drawOrigin(context, at, theme);
}
