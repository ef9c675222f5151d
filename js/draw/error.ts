import { drawAxes } from "./axes.ts";
import { bands, drawVerdicts, runs } from "./bands.ts";
import { type Area, bottom, clipped, dot, right, type Size, segment, stroke } from "./canvas.ts";
import { formatPower } from "./format.ts";
import { marker } from "./marker.ts";
import { drawRibbon, RIBBON, type Stretch } from "./ribbon.ts";
import { type Interval, linear, logarithmic, type Scale, symlog } from "./scales.ts";
import type { Theme } from "./theme.ts";

/** The relative error along x. */
export interface ErrorData {
  x: Float64Array;
  error: Float64Array;
  verdict: Float64Array;
  kinds: { wrong: (code: number) => boolean; unclear: (code: number) => boolean };
  at: number;
  errorAt: number;
  /** Where the transition asked for a gradient, and whether it is using that one now. */
  asked: readonly { position: number; isNow: boolean }[];
  /** Where the reader points, or null. */
  readout: number | null;
  scale: "symlog" | "linear";
  variable: string;
  /** What the solver said, along x. */
  ribbon(x: Scale): readonly Stretch[];
}

/** Decades of relative error to show: whole groups of four, so that the axis rests in a drag. */
export function errorDecades(error: ArrayLike<number>): Interval {
  let low = -4;
  let high = 0;
  for (let i = 0; i < error.length; i++) {
    const decade = Math.log10(error[i] as number);
    if (!Number.isFinite(decade)) continue;
    low = Math.min(low, Math.floor(decade / 4) * 4);
    high = Math.max(high, Math.ceil(decade / 4) * 4);
  }
  return [Math.max(-16, low), Math.min(16, high)];
}

/** The axis of x, which the map shares. */
export function alongX(xs: Float64Array, scale: "symlog" | "linear", range: Interval): Scale {
  const from = xs[0] ?? -1;
  const to = xs[xs.length - 1] ?? 1;
  // A thousandth of the range is where the logarithmic axis turns linear.
  const constant = Math.max(Math.abs(from), Math.abs(to)) / 1000 || 1e-3;
  return scale === "linear" ? linear([from, to], range) : symlog([from, to], range, constant);
}

/** The marker of that shape points up. */
const TRIANGLE = 2;

/** Room for the ribbon below the axis. */
const RIBBON_ROOM = RIBBON + 2;

export function errorScales(size: Size, data: Pick<ErrorData, "x" | "error" | "scale">) {
  const area: Area = {
    left: 42,
    top: 8,
    width: size.width - 54,
    height: size.height - 32 - RIBBON_ROOM,
  };
  const x = alongX(data.x, data.scale, [area.left, right(area)]);
  const [low, high] = errorDecades(data.error);
  const y = logarithmic([10 ** low, 10 ** high], [bottom(area), area.top]);
  return { area, x, y };
}

/** Errors below the axis (exact ones are 0) lie on it; infinite ones at its top. */
const clamp = (y: Scale, error: number) => Math.max(y.domain[0], Math.min(y.domain[1], error));

export function drawError(
  context: CanvasRenderingContext2D,
  { area, x, y }: ReturnType<typeof errorScales>,
  data: ErrorData,
  theme: Theme,
): void {
  const exponent = (value: number) => formatPower(Math.round(Math.log10(value)));
  const decades = y.ticks(area.height / 22);
  const yStyle = { format: exponent, ticks: decades };
  drawAxes(context, area, [x, { name: data.variable }], [y, yStyle], theme);
  clipped(context, area, () => {
    drawVerdicts(context, data.x, data.verdict, x, area, data.kinds, theme);
    drawErrorLine(context, data, x, y, theme);
    if (data.readout !== null) {
      const at = x(data.readout);
      segment(context, { color: theme.muted }, [at, area.top], [at, bottom(area)]);
    }
  });
  drawAsked(context, data, x, area, theme);
  const ribbon = { ...area, top: bottom(area) + 34 - RIBBON_ROOM, height: RIBBON };
  drawRibbon(context, data.ribbon(x), ribbon, theme);
  const at = Math.max(area.left, Math.min(right(area), x(data.at)));
  segment(
    context,
    { color: theme.accent, width: 1.5, dash: [3, 3] },
    [at, area.top],
    [at, bottom(area)],
  );
  const height = y(clamp(y, data.errorAt));
  if (Number.isFinite(height)) {
    dot(context, [at, height], 6.5, theme.surface, { color: theme.accent, width: 3 });
  }
}

function drawErrorLine(
  context: CanvasRenderingContext2D,
  data: ErrorData,
  x: Scale,
  y: Scale,
  theme: Theme,
): void {
  stroke(context, { color: theme.wrong, width: 1.25 }, (path) => {
    let pen = false;
    for (let i = 0; i < data.x.length; i++) {
      const error = data.error[i] as number;
      if (Number.isNaN(error)) {
        pen = false;
        continue;
      }
      const at = [x(data.x[i] as number), y(clamp(y, error))] as const;
      if (pen) path.lineTo(...at);
      else path.moveTo(...at);
      pen = true;
    }
  });
}

/** Ticks where the sampler asked for a gradient; longer, thicker and red inside a band. */
function drawAsked(
  context: CanvasRenderingContext2D,
  data: ErrorData,
  x: Scale,
  area: Area,
  theme: Theme,
): void {
  const wrong = bands(data.x, runs(data.verdict, data.kinds.wrong), x);
  for (const { position, isNow } of data.asked) {
    const at = x(position);
    if (!(at >= area.left && at <= right(area))) continue;
    const inside = wrong.some(([from, to]) => at >= from && at <= to);
    const style = inside ? { color: theme.wrong, width: 2.5 } : { color: theme.ink, width: 1.5 };
    const top = bottom(area) - (inside ? 18 : 8);
    segment(context, style, [at, top], [at, bottom(area)]);
    if (isNow) marker(context, [at, top - 5], 4, TRIANGLE, style.color);
  }
}

/** How near to the axis a click means the ticks, and how near to a tick that one. */
const REACH = { above: 26, below: 14, beside: 6 };

/** Index of the tick that is meant by a point of the plot; -1 for none. */
export function tickAt(
  { area, x }: Pick<ReturnType<typeof errorScales>, "area" | "x">,
  asked: ErrorData["asked"],
  [px, py]: readonly [number, number],
): number {
  const axis = bottom(area);
  if (py < axis - REACH.above || py > axis + REACH.below) return -1;
  let best = -1;
  let least = REACH.beside;
  asked.forEach(({ position }, i) => {
    const away = Math.abs(x(position) - px);
    if (away < least) [best, least] = [i, away];
  });
  return best;
}
