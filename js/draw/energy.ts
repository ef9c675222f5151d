import { drawAxes, plotArea } from "./axes.ts";
import { bottom, clipped, dot, right, type Size, segment, stroke } from "./canvas.ts";
import { drawCurve } from "./curve.ts";
import { arrowHead, marker } from "./marker.ts";
import { extent, linear, pad } from "./scales.ts";
import type { Theme } from "./theme.ts";
import { doublingStyle, span, type TreeData } from "./tree.ts";

/** The energy along a path, above that of its start. */
export interface EnergyData {
  /** NaN or infinite where the path exploded. */
  above: Float64Array;
  right: Float64Array | null;
  tree: TreeData | null;
  /** Leapfrog steps that have been made; null: all of them. */
  steps: number | null;
  /** Index of the point that is pointed at. */
  readout: number | null;
}

/** Above this a transition counts as divergent: no need to see how far. */
const DIVERGENT = 1000;
const MAX_DOTS = 80;
const ROW = 9;

export function energyScales(size: Size, data: EnergyData) {
  const area = plotArea(size, 60);
  const start = data.tree?.start ?? 0;
  const rows = (data.tree?.directions.length ?? 0) * ROW;
  const count = Math.max(1, data.above.length - 1);
  const x = linear([-start, count - start], [area.left + 6, right(area) - 6]);
  const seen = (values: Float64Array | null) =>
    values?.filter((e) => Math.abs(e) < DIVERGENT) ?? [];
  const found = extent(seen(data.above), seen(data.right), [-1e-6, 1e-6]);
  const room = Math.min(0.5, rows / area.height);
  const y = linear(pad(found, 0.1, 0.1 + room / (1 - room)), [bottom(area), area.top]);
  return { area, x, y, start };
}

export function drawEnergy(
  context: CanvasRenderingContext2D,
  scales: ReturnType<typeof energyScales>,
  data: EnergyData,
  theme: Theme,
): void {
  const { area, x, y, start } = scales;
  const { above, tree } = data;
  const whole = x.ticks(Math.max(2, area.width / 50)).filter(Number.isInteger);
  drawAxes(context, area, [x, { name: "leapfrog step", ticks: whole }], [y, {}], theme);
  const steps = Array.from(above, (_, i) => i - start);
  clipped(context, area, () => {
    segment(context, { color: theme.muted, dash: [4, 3] }, [area.left, y(0)], [right(area), y(0)]);
    if (data.right) {
      drawCurve(context, steps, data.right, x, y, { color: theme.referenceWide, width: 5 });
    }
    const made = data.steps === null ? above.length : data.steps + 1;
    if (tree) drawCurve(context, steps, above, x, y, { color: theme.muted, width: 1 });
    else {
      const style = { color: theme.accent, width: 2 };
      drawCurve(context, steps.slice(0, made), above.subarray(0, made), x, y, style);
    }
    for (let i = 0; i < above.length && above.length <= MAX_DOTS; i++) {
      const at = [x(steps[i] as number), y(above[i] as number)] as const;
      if (tree) {
        const { color, shape } = doublingStyle(theme, Math.max(0, tree.doubling[i] as number));
        if ((tree.doubling[i] as number) < tree.count) marker(context, at, 3, shape, color);
      } else if (i < made) {
        dot(context, at, 2.5, theme.surface, { color: theme.accent, width: 1.5 });
      }
    }
    if (data.readout !== null) {
      const at = [x(steps[data.readout] as number), y(above[data.readout] as number)] as const;
      segment(context, { color: theme.muted }, [at[0], area.top], [at[0], bottom(area)]);
      dot(context, at, 4.5, theme.accent, { color: theme.surface, width: 1.5 });
    }
  });
  if (tree) drawDoublings(context, scales, tree, theme);
}

/** One row for each doubling, the first at the bottom: which points it added, and which way. */
function drawDoublings(
  context: CanvasRenderingContext2D,
  { area, x, start }: ReturnType<typeof energyScales>,
  tree: TreeData,
  theme: Theme,
): void {
  const rows = tree.directions.length;
  const height = Math.min(ROW, (area.height * 0.5) / rows);
  for (let doubling = 0; doubling < Math.min(rows, tree.count); doubling++) {
    const [first, last] = span(tree, doubling);
    if (first < 0) continue;
    const { color } = doublingStyle(theme, doubling);
    const level = area.top + (rows - doubling - 0.5) * height;
    const inside = (at: number) => Math.max(area.left, Math.min(right(area), x(at - start)));
    const ends = [inside(first - 0.4), inside(last + 0.4)] as const;
    const forward = (tree.directions[doubling] as number) > 0;
    const [from, to] = forward ? ends : [ends[1], ends[0]];
    const isDiscarded = tree.isLastDiscarded && doubling === rows - 1;
    stroke(context, { color, width: 2.5, dash: isDiscarded ? [3, 3] : [] }, (line) => {
      line.moveTo(from, level);
      line.lineTo(to, level);
    });
    arrowHead(context, [from, level], [to, level], color, height * 0.6);
  }
}
