import { drawAxes, labelFont, plotArea } from "./axes.ts";
import {
  type Area,
  bottom,
  clipped,
  dot,
  right,
  type Size,
  type Stroke,
  segment,
  stroke,
  text,
} from "./canvas.ts";
import { energyLevels } from "./levels.ts";
import { extent, type Interval, linear } from "./scales.ts";
import type { Theme } from "./theme.ts";

/** Phase space: energy levels, and the leapfrog path of one transition. */
export interface PhaseData {
  x: Float64Array;
  logdensity: Float64Array;
  /** Positions between which nearly all of the density lies. */
  support: Interval;
  inverseMass: number;
  /** Where the chain starts; marked before the first draw. */
  start: number;
  path: { position: Float64Array; momentum: Float64Array } | null;
  outcome: "accepted" | "rejected" | "divergent";
  whatIf: boolean;
}

/** Energies above the lowest: contours at equal distances in a Gaussian's phase space. */
const LEVELS = [0.5, 1, 1.5, 2, 2.5, 3].map((radius) => radius ** 2 / 2);
/** Paths with more points than this are drawn without a dot on each. */
const MAX_DOTS = 80;

export function phaseScales(size: Size, data: PhaseData) {
  const area = plotArea(size);
  const [low, high] = data.support;
  const span = high - low;
  const within = (value: number) => value > low - span && value < high + span;
  const positions = data.path ? [...data.path.position].filter(within) : [data.start];
  const reach = 3.2 / Math.sqrt(data.inverseMass);
  const momenta = data.path
    ? [...data.path.momentum].filter((value) => Math.abs(value) < 3 * reach)
    : [];
  const top = Math.max(reach, ...momenta.map((value) => Math.abs(value) * 1.1));
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
    if (data.path) drawPath(context, data, data.path, x, y, theme);
    else drawStart(context, [x(data.start), y(0)], theme);
  });
  const note = { font: labelFont(theme), align: "right" } as const;
  const { path } = data;
  if (path && !contains(area, x(path.position.at(-1) ?? 0), y(path.momentum.at(-1) ?? 0))) {
    const at = [right(area) - 5, bottom(area) - 20] as const;
    text(context, "the path leaves the plot", at, { ...note, color: theme.wrong });
  }
  if (data.whatIf) {
    text(context, "what if", [right(area) - 5, area.top + 13], {
      ...note,
      color: theme.accent,
    });
  }
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
  const style: Stroke = { color: theme.ink, width: 1.25, dash: [2, 4] };
  segment(context, style, [at[0], -1e4], [at[0], 1e4]);
  drawOrigin(context, at, theme);
}

/** The start of a transition is a square, so that it is told from its end without colour. */
function drawOrigin(
  context: CanvasRenderingContext2D,
  [px, py]: readonly [number, number],
  theme: Theme,
): void {
  context.save();
  context.fillStyle = theme.ink;
  context.strokeStyle = theme.surface;
  context.lineWidth = 1.5;
  context.beginPath();
  context.rect(px - 5, py - 5, 10, 10);
  context.fill();
  context.stroke();
  context.restore();
}

function drawPath(
  context: CanvasRenderingContext2D,
  data: PhaseData,
  { position, momentum }: { position: Float64Array; momentum: Float64Array },
  x: (value: number) => number,
  y: (value: number) => number,
  theme: Theme,
): void {
  const points: [number, number][] = [];
  for (let i = 0; i < position.length; i++) {
    const at: [number, number] = [x(position[i] as number), y(momentum[i] as number)];
    // A path that explodes leaves the plot; beyond this a canvas cannot follow it.
    if (!(Math.abs(at[0]) < 1e5 && Math.abs(at[1]) < 1e5)) break;
    points.push(at);
  }
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return;
  const dash = data.whatIf ? [5, 4] : [];
  stroke(context, { color: theme.accent, width: 2, dash }, (path) => {
    for (const at of points) path.lineTo(...at);
  });
  if (points.length <= MAX_DOTS) {
    for (const at of points.slice(1, -1)) {
      dot(context, at, 3, theme.surface, { color: theme.accent, width: 1.5 });
    }
  }
  drawOrigin(context, first, theme);
  drawOutcome(context, last, data.outcome, theme);
}

/** Accepted: a green disc with a tick. Rejected: a red cross. Divergent: a red diamond. */
function drawOutcome(
  context: CanvasRenderingContext2D,
  [px, py]: readonly [number, number],
  outcome: PhaseData["outcome"],
  theme: Theme,
): void {
  const mark = (style: Stroke, ...points: [number, number][]) =>
    stroke(context, style, (path) => {
      for (const [dx, dy] of points) path.lineTo(px + dx, py + dy);
    });
  if (outcome === "accepted") {
    dot(context, [px, py], 9, theme.agree, { color: theme.surface, width: 1.5 });
    mark({ color: theme.surface, width: 2 }, [-4, 0.5], [-1, 3.5], [4, -3]);
    return;
  }
  dot(context, [px, py], 9, theme.surface);
  const style = { color: theme.wrong, width: 3 };
  if (outcome === "rejected") {
    mark(style, [-5, -5], [5, 5]);
    mark(style, [-5, 5], [5, -5]);
  } else {
    mark({ ...style, width: 2.5 }, [0, -7], [7, 0], [0, 7], [-7, 0], [0, -7]);
    mark({ ...style, width: 2 }, [0, -3], [0, 1]);
    dot(context, [px, py + 3.5], 1.2, theme.wrong);
  }
}
