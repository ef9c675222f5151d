import { drawAxes } from "./axes.ts";
import { edges } from "./bands.ts";
import { type Area, bottom, right, type Size } from "./canvas.ts";
import { alongX, errorDecades } from "./error.ts";
import { type Interval, linear, logarithmic } from "./scales.ts";
import type { Theme } from "./theme.ts";

/** The relative error over x and a parameter; tables are in rows of the parameter. */
export interface MapData {
  x: Float64Array;
  y: Float64Array;
  error: Float64Array;
  verdict: Float64Array;
  kinds: { wrong: (code: number) => boolean; unclear: (code: number) => boolean };
  scale: "symlog" | "linear";
  /** Whether the parameter's axis is logarithmic. */
  log: boolean;
  variable: string;
  parameter: string;
}

/** Colours between the first and the last stop of the theme. */
const SHADES = 48;
/** Cells that are not right are at least so wide, in pixels. */
const MIN_CELL = 2;
const HATCH = 5;

export function mapScales(size: Size, data: MapData) {
  const area: Area = { left: 42, top: 8, width: size.width - 54, height: size.height - 32 };
  const x = alongX(data.x, data.scale, [area.left, right(area)]);
  const domain: Interval = [data.y[0] ?? 0, data.y[data.y.length - 1] ?? 1];
  const y = (data.log ? logarithmic : linear)(domain, [bottom(area), area.top]);
  // Beyond 1 an error is as wrong as can be: no colours are spent on that.
  const decades: Interval = [errorDecades(data.error)[0], 0];
  return { area, x, y, decades };
}

/** The share of the colour scale at which an error is; NaN stays NaN. */
export function shade(error: number, [low, high]: Interval): number {
  const share = (Math.log10(error) - low) / (high - low);
  return Math.max(0, Math.min(1, share));
}

const channels = (hex: string) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));

/** Colours from stop to stop, evenly. */
export function ramp(stops: readonly string[], count: number): string[] {
  const known = stops.map(channels);
  return Array.from({ length: count }, (_, i) => {
    const at = (i / (count - 1)) * (known.length - 1);
    const from = Math.min(known.length - 2, Math.floor(at));
    const mixed = known[from]?.map((channel, c) =>
      Math.round(channel + (at - from) * ((known[from + 1]?.[c] ?? 0) - channel)),
    );
    return `rgb(${mixed?.join(" ")})`;
  });
}

/** One rectangle for each cell, hatched where the gradient is not right. */
export function drawMap(
  context: CanvasRenderingContext2D,
  { area, x, y, decades }: ReturnType<typeof mapScales>,
  data: MapData,
  theme: Theme,
): void {
  drawAxes(context, area, [x, {}], [y, {}], theme);
  drawCells(context, { area, x, y, decades }, data, theme);
  nameAxes(context, area, data, theme);
}

/** The cells of a map: their colours, and hatching over those that are not right. */
export function drawCells(
  context: CanvasRenderingContext2D,
  { area, x, y, decades }: ReturnType<typeof mapScales>,
  data: Pick<MapData, "x" | "y" | "error" | "verdict" | "kinds">,
  theme: Theme,
): void {
  const colors = ramp(theme.heat, SHADES);
  const columns = Array.from(data.x, (_, i) =>
    edges(data.x, [i, i]).map((at) => Math.round(x(at))),
  );
  const rows = Array.from(data.y, (_, j) => edges(data.y, [j, j]).map((at) => Math.round(y(at))));
  const hatched = { wrong: new Path2D(), nowhere: new Path2D(), unclear: new Path2D() };
  const each = (draw: (rect: readonly [number, number, number, number], cell: number) => void) => {
    rows.forEach(([low = 0, high = 0], j) => {
      columns.forEach(([from = 0, to = 0], i) => {
        draw([from, high, to - from, low - high], j * columns.length + i);
      });
    });
  };
  const fill = (rect: readonly [number, number, number, number], cell: number) => {
    const share = shade(data.error[cell] as number, decades);
    if (Number.isNaN(share)) return;
    context.fillStyle = colors[Math.round(share * (SHADES - 1))] as string;
    context.fillRect(...rect);
  };
  each(fill);
  // Over the others, since a single wrong cell may be narrower than a pixel.
  each(([left, top, width, height], cell) => {
    const code = data.verdict[cell] as number;
    const isWrong = data.kinds.wrong(code);
    if (!isWrong && !data.kinds.unclear(code)) return;
    const rect = [left, top, Math.max(MIN_CELL, width), height] as const;
    fill(rect, cell);
    const known = !Number.isNaN(data.error[cell] as number);
    hatched[isWrong ? (known ? "wrong" : "nowhere") : "unclear"].rect(...rect);
  });
  hatch(context, hatched.wrong, area, theme.surface, 1);
  hatch(context, hatched.nowhere, area, theme.wrong, 1);
  hatch(context, hatched.unclear, area, theme.muted, -1);
}

/** Parallel lines inside a path, rising or falling. */
function hatch(
  context: CanvasRenderingContext2D,
  path: Path2D,
  area: Area,
  color: string,
  slope: 1 | -1,
): void {
  context.save();
  context.clip(path);
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.beginPath();
  const [low, high] = slope > 0 ? [bottom(area), area.top] : [area.top, bottom(area)];
  for (let start = area.left - area.height; start < right(area); start += HATCH) {
    context.moveTo(start, low);
    context.lineTo(start + area.height, high);
  }
  context.stroke();
  context.restore();
}

/** Names of both axes, outside of the cells. */
function nameAxes(
  context: CanvasRenderingContext2D,
  area: Area,
  data: MapData,
  theme: Theme,
): void {
  context.save();
  context.fillStyle = theme.muted;
  context.font = `italic 12px ${theme.font}`;
  context.textAlign = "right";
  context.fillText(data.variable, right(area) + 10, bottom(area) + 3);
  context.textAlign = "left";
  context.fillText(data.parameter, 2, area.top + 8);
  context.restore();
}
