import { drawAxes, plotArea } from "./axes.ts";
import { type Area, bottom, clipped, dot, right, type Size, segment, stroke } from "./canvas.ts";
import { decimate } from "./decimate.ts";
import { type Interval, linear, type Scale } from "./scales.ts";
import { chainStyle, type Theme } from "./theme.ts";

/** Up to here each draw can be seen for itself. */
const MAX_DOTS = 60;

/** Draws in their order. */
export interface TraceData {
  chains: readonly { values: ArrayLike<number>; divergent: readonly number[] }[];
  count: number;
  /** Index of the first draw. */
  offset: number;
  /** Draws before which the sampler's settings changed. */
  marks: readonly number[];
  support: Interval;
}

export function traceScales(size: Size, data: TraceData) {
  const area = plotArea(size);
  const x = linear([data.offset, data.offset + Math.max(20, data.count)], [area.left, right(area)]);
  const y = linear(data.support, [bottom(area), area.top]);
  return { area, x, y };
}

export function drawTrace(
  context: CanvasRenderingContext2D,
  { area, x, y }: ReturnType<typeof traceScales>,
  data: TraceData,
  theme: Theme,
): void {
  const whole = x.ticks(Math.max(2, area.width / 62)).filter(Number.isInteger);
  drawAxes(context, area, [x, { name: "draw", ticks: whole }], [y, {}], theme);
  clipped(context, area, () => {
    data.chains.forEach(({ values }, chain) => {
      const { color, dash } = chainStyle(theme, chain);
      const kept = decimate(values, data.count, Math.max(1, Math.floor(area.width)));
      const alone = data.chains.length === 1;
      if (data.count <= MAX_DOTS) {
        for (const i of kept)
          dot(context, [x(data.offset + i + 1), y(values[i] as number)], 2.5, color);
      }
      stroke(context, { color, dash: alone ? [] : dash, width: alone ? 1 : 1.25 }, (path) => {
        for (const i of kept) path.lineTo(x(data.offset + i + 1), y(values[i] as number));
      });
    });
    for (const mark of data.marks) {
      const at = x(mark + 0.5);
      segment(context, { color: theme.ink, dash: [2, 3] }, [at, area.top], [at, bottom(area)]);
    }
  });
  for (const { divergent } of data.chains) {
    for (const draw of divergent) drawDivergence(context, data.offset + draw, x, area, theme);
  }
}

/** A red triangle on the axis. */
function drawDivergence(
  context: CanvasRenderingContext2D,
  draw: number,
  x: Scale,
  area: Area,
  theme: Theme,
): void {
  const at = x(draw + 1);
  context.save();
  context.fillStyle = theme.wrong;
  context.beginPath();
  context.moveTo(at, bottom(area) - 8);
  context.lineTo(at + 4, bottom(area));
  context.lineTo(at - 4, bottom(area));
  context.fill();
  context.restore();
}
