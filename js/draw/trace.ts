import { drawAxes, plotArea, tickFont } from "./axes.ts";
import {
  type Area,
  bottom,
  clipped,
  right,
  type Size,
  type Stroke,
  segment,
  stroke,
  text,
} from "./canvas.ts";
import { arrowHead, marker } from "./marker.ts";
import { type Interval, linear } from "./scales.ts";
import { chainStyle, type Theme } from "./theme.ts";

/** Up to here each draw can be seen for itself. */
const MAX_DOTS = 100;
/** Dashes on a line that is all zigzag tell nothing. */
const MAX_DASHED = 400;
/** Part of the width that a warm-up takes. */
const WARMUP_SHARE = 0.2;

/** Draws in their order. */
export interface TraceData {
  chains: readonly {
    values: ArrayLike<number>;
    divergent: readonly number[];
    /** Indices of the values that the line goes through. */
    kept: readonly number[];
  }[];
  count: number;
  /** Index of the first draw. */
  offset: number;
  /** Draws before which the sampler's settings changed. */
  marks: readonly number[];
  support: Interval;
  /** Draws of the warm-up, and the indices of those that its line goes through. */
  warmup: { values: ArrayLike<number>; kept: readonly number[] } | null;
  /** The draw that is displayed, from 1. */
  shown: number | null;
}

export function traceScales(size: Size, data: TraceData) {
  const area = plotArea(size);
  const zero = area.left + (data.warmup ? WARMUP_SHARE * area.width : 0);
  const x = linear([data.offset, data.offset + Math.max(20, data.count)], [zero, right(area)]);
  const before = linear([-(data.warmup?.values.length ?? 0), 0], [area.left, zero]);
  const y = linear(data.support, [bottom(area), area.top]);
  return { area, x, y, before };
}

export function drawTrace(
  context: CanvasRenderingContext2D,
  scales: ReturnType<typeof traceScales>,
  data: TraceData,
  theme: Theme,
): void {
  const { area, x, y } = scales;
  const whole = x.ticks(Math.max(2, area.width / 62)).filter(Number.isInteger);
  drawAxes(context, area, [x, { name: "draw", ticks: whole }], [y, {}], theme);
  clipped(context, area, () => {
    drawWarmup(context, scales, data, theme);
    data.chains.forEach((chain, i) => {
      const { color, dash, shape } = chainStyle(theme, i);
      const alone = data.chains.length === 1;
      const at = (draw: number) =>
        [x(data.offset + draw + 1), y(chain.values[draw] as number)] as const;
      if (data.count <= MAX_DOTS) {
        for (const draw of chain.kept) marker(context, at(draw), 2.5, alone ? 0 : shape, color);
      }
      const dashed = !alone && data.count <= MAX_DASHED;
      const style: Stroke = {
        color,
        dash: dashed ? dash : [],
        width: dashed ? 1.25 : 1,
        join: data.count > MAX_DASHED ? "bevel" : "round",
      };
      stroke(context, style, (path) => {
        for (const draw of chain.kept) path.lineTo(...at(draw));
      });
    });
    for (const mark of data.marks) {
      const at = x(mark + 0.5);
      segment(context, { color: theme.ink, dash: [2, 3] }, [at, area.top], [at, bottom(area)]);
    }
    if (data.shown !== null) {
      const at = x(data.shown);
      segment(context, { color: theme.ink, width: 1.5 }, [at, area.top], [at, bottom(area)]);
    }
  });
  // Where shapes cannot be on every draw, the last one has it.
  for (let i = 0; data.chains.length > 1 && data.count > MAX_DOTS && i < data.chains.length; i++) {
    const { color, shape } = chainStyle(theme, i);
    const last = data.chains[i]?.values[data.count - 1] as number;
    const at = [x(data.offset + data.count), y(last)] as const;
    marker(context, at, 4, shape, color, { color: theme.surface, width: 1.5 });
  }
  for (const { divergent } of data.chains) {
    for (const at of apart(divergent, (draw) => x(data.offset + draw + 1))) {
      drawDivergence(context, at, area, theme);
    }
  }
}

/** Marks nearer to each other than this, in pixels, look like one. */
const APART = 3;

/** Where the marks of ascending draws go that can be told apart: found without looking at all. */
export function apart(draws: readonly number[], at: (draw: number) => number): number[] {
  const found: number[] = [];
  let next = 0;
  while (next < draws.length) {
    const pixel = at(draws[next] as number);
    found.push(pixel);
    let last = draws.length;
    while (next < last) {
      const middle = (next + last) >> 1;
      if (at(draws[middle] as number) < pixel + APART) next = middle + 1;
      else last = middle;
    }
  }
  return found;
}

/** Apart from the chain, to which they do not belong: paler, on their own stretch of the axis. */
function drawWarmup(
  context: CanvasRenderingContext2D,
  { area, before, y }: ReturnType<typeof traceScales>,
  { warmup }: TraceData,
  theme: Theme,
): void {
  if (!warmup) return;
  const end = before.range[1];
  context.save();
  context.fillStyle = theme.muted;
  context.globalAlpha = 0.1;
  context.fillRect(area.left, area.top, end - area.left, area.height);
  context.restore();
  stroke(context, { color: theme.accent, alpha: 0.45 }, (path) => {
    for (const i of warmup.kept) {
      path.lineTo(before(i - warmup.values.length + 0.5), y(warmup.values[i] as number));
    }
  });
  segment(context, { color: theme.muted }, [end, area.top], [end, bottom(area)]);
  text(context, "warm-up", [area.left + 5, bottom(area) - 5], {
    color: theme.muted,
    font: `italic ${tickFont(theme)}`,
  });
}

/** A red triangle on the axis. */
export function drawDivergence(
  context: CanvasRenderingContext2D,
  at: number,
  area: Area,
  theme: Theme,
): void {
  arrowHead(context, [at, bottom(area)], [at, bottom(area) - 8], theme.wrong, 5.7);
}
