import { drawAxes, plotArea } from "./axes.ts";
import { type Area, bottom, clipped, right, type Size, segment, stroke } from "./canvas.ts";
import type { Pieces } from "./contours.ts";
import { errorDecades } from "./error.ts";
import { drawCells, type MapData } from "./map.ts";
import { arrowHead } from "./marker.ts";
import { extent, linear, type Scale } from "./scales.ts";
import type { Theme } from "./theme.ts";

/** The gradient over two coordinates, and at one point as an arrow beside its reference. */
export interface ArrowsData {
  across: Float64Array;
  up: Float64Array;
  contours: readonly Pieces[];
  /** The field of errors, where it is shown. */
  field: Pick<MapData, "error" | "verdict" | "kinds"> | null;
  point: readonly [number, number];
  /** NaN where they are not known. */
  gradient: readonly [number, number];
  reference: readonly [number, number];
  names: readonly [string, string];
}

/** The longer one of both arrows, as a share of the plot's smaller side... */
const LENGTH = 0.3;
/** ... or less, down to this part of it, where it would leave the plot. */
const LEAST = 0.4;
/** Shorter arrows have no direction that can be seen. */
const SHORTEST = 3;

export function arrowsScales(size: Size, data: Pick<ArrowsData, "across" | "up" | "point">) {
  const area = plotArea(size);
  const [px, py] = data.point;
  const x = linear(extent(data.across, [px]) ?? [-1, 1], [area.left, right(area)]);
  const y = linear(extent(data.up, [py]) ?? [-1, 1], [bottom(area), area.top]);
  return { area, x, y };
}

/** Both arrows in pixels, to one scale: that of the larger one. */
export function arrowTips(
  { area, x, y }: ReturnType<typeof arrowsScales>,
  { point, gradient, reference }: Pick<ArrowsData, "point" | "gradient" | "reference">,
) {
  const from = [x(point[0]), y(point[1])] as const;
  const inPixels = ([gx, gy]: readonly [number, number]) =>
    [x(point[0] + gx) - from[0], y(point[1] + gy) - from[1]] as const;
  const both = [inPixels(gradient), inPixels(reference)];
  const longest = Math.max(...both.map(([dx, dy]) => Math.hypot(dx, dy) || 0));
  const whole = longest > 0 ? (LENGTH * Math.min(area.width, area.height)) / longest : 0;
  const room = both.flatMap(([dx, dy]) => [
    (dx > 0 ? right(area) - from[0] : from[0] - area.left) / Math.abs(whole * dx),
    (dy > 0 ? bottom(area) - from[1] : from[1] - area.top) / Math.abs(whole * dy),
  ]);
  const scale = whole * Math.max(LEAST, Math.min(1, ...room.filter((each) => each >= 0)));
  const tip = (i: number) => {
    const [dx, dy] = both[i] as readonly [number, number];
    return [from[0] + scale * dx, from[1] + scale * dy] as const;
  };
  return { from, gradient: tip(0), reference: tip(1) };
}

/** Strokes the lines of all levels. */
export function drawContours(
  context: CanvasRenderingContext2D,
  contours: readonly Pieces[],
  x: Scale,
  y: Scale,
  style: { color: string; width?: number; alpha?: number },
): void {
  stroke(context, style, (path) => {
    for (const pieces of contours) {
      for (let i = 0; i + 3 < pieces.length; i += 4) {
        path.moveTo(x(pieces[i] as number), y(pieces[i + 1] as number));
        path.lineTo(x(pieces[i + 2] as number), y(pieces[i + 3] as number));
      }
    }
  });
}

export function drawArrows(
  context: CanvasRenderingContext2D,
  scales: ReturnType<typeof arrowsScales>,
  data: ArrowsData,
  theme: Theme,
): void {
  const { area, x, y } = scales;
  drawAxes(context, area, [x, {}], [y, {}], theme);
  clipped(context, area, () => {
    const { field } = data;
    if (field) {
      const cells = { ...field, x: data.across, y: data.up };
      const decades = [errorDecades(field.error)[0], 0] as const;
      context.save();
      context.globalAlpha = 0.55;
      drawCells(context, { area, x, y, decades }, cells, theme);
      context.restore();
    }
    drawContours(context, data.contours, x, y, { color: theme.muted, alpha: 0.75 });
    const { from, gradient, reference } = arrowTips(scales, data);
    arrow(context, from, reference, theme.referenceWide, 8, 9);
    arrow(context, from, reference, theme.reference, 1, 0);
    arrow(context, from, gradient, theme.ink, 2.25, 6);
  });
  drawNames(context, area, data.names, theme);
}

function arrow(
  context: CanvasRenderingContext2D,
  from: readonly [number, number],
  to: readonly [number, number],
  color: string,
  width: number,
  head: number,
): void {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  if (!(length > SHORTEST)) return;
  // The line ends inside of the head, which is narrower than it at its tip.
  const share = Math.max(0, 1 - (1.2 * head) / length);
  const neck = [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])] as const;
  segment(context, { color, width }, from, neck);
  if (head) arrowHead(context, from, to, color, head);
}

/** Names of both axes, readable on whatever has been drawn. */
export function drawNames(
  context: CanvasRenderingContext2D,
  area: Area,
  [xName, yName]: readonly [string, string],
  theme: Theme,
): void {
  context.save();
  context.font = `italic 12px ${theme.font}`;
  context.lineJoin = "round";
  const write = (name: string, x: number, y: number, align: CanvasTextAlign) => {
    context.textAlign = align;
    context.strokeStyle = theme.surface;
    context.lineWidth = 4;
    context.strokeText(name, x, y);
    context.fillStyle = theme.ink;
    context.fillText(name, x, y);
  };
  write(xName, right(area) - 5, bottom(area) - 6, "right");
  write(yName, area.left + 5, area.top + 13, "left");
  context.restore();
}
