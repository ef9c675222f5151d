import { type Area, bottom, right, type Size, segment, text } from "./canvas.ts";
import { formatNumber, typeset } from "./format.ts";
import type { Scale } from "./scales.ts";
import type { Theme } from "./theme.ts";

/** Room to the right of a plot. */
const MARGIN = 12;
const TICK_FONT_SIZE = 11;
const TICKS_EVERY_X = 62;
const TICKS_EVERY_Y = 34;

export const tickFont = (theme: Theme) => `${TICK_FONT_SIZE}px ${theme.font}`;
export const labelFont = (theme: Theme) => `600 12px ${theme.font}`;

/** The plotting area of a canvas, inside room for tick labels. */
export function plotArea(size: Size, left = 42): Area {
  const area = { left, top: 10, width: size.width - left - MARGIN, height: size.height - 34 };
  return { ...area, width: Math.max(20, area.width), height: Math.max(20, area.height) };
}

export interface AxisStyle {
  /** Name of the quantity along the axis. */
  name?: string;
  format?: (value: number) => string;
  ticks?: number[];
}

/** Text of a tick of a linear axis: no more digits than it takes to tell ticks apart. */
export function formatTick(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size < 1e-3 || size >= 1e5 ? formatNumber(value, 2) : String(+value.toPrecision(6));
  return typeset(text);
}

/** Hairlines and labels of both axes. */
export function drawAxes(
  context: CanvasRenderingContext2D,
  area: Area,
  [x, xStyle]: readonly [Scale, AxisStyle],
  [y, yStyle]: readonly [Scale, AxisStyle],
  theme: Theme,
): void {
  const label = { color: theme.muted, font: tickFont(theme) };
  const hairline = { color: theme.grid };
  const xTicks = xStyle.ticks ?? x.ticks(Math.max(2, area.width / TICKS_EVERY_X));
  const yTicks = yStyle.ticks ?? y.ticks(Math.max(2, area.height / TICKS_EVERY_Y));
  const crisp = (pixel: number) => Math.round(pixel) + 0.5;
  for (const tick of yTicks) {
    const at = crisp(y(tick));
    segment(context, hairline, [area.left, at], [right(area), at]);
    text(context, (yStyle.format ?? formatTick)(tick), [area.left - 7, at], {
      ...label,
      align: "right",
      baseline: "middle",
    });
  }
  context.font = label.font;
  for (const tick of xTicks) {
    const at = crisp(x(tick));
    const words = (xStyle.format ?? formatTick)(tick);
    // The last label may be wide: it stays on the canvas.
    const middle = Math.min(at, right(area) + MARGIN - context.measureText(words).width / 2);
    segment(context, hairline, [at, area.top], [at, bottom(area)]);
    text(context, words, [middle, bottom(area) + 16], { ...label, align: "center" });
  }
  const name = { ...label, font: `italic ${tickFont(theme)}` };
  if (xStyle.name) {
    text(context, xStyle.name, [right(area) - 3, bottom(area) - 5], { ...name, align: "right" });
  }
  if (yStyle.name) text(context, yStyle.name, [area.left + 5, area.top + 10], name);
}
