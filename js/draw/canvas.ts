/** The part of a canvas, in CSS pixels, that data are drawn in. */
export interface Area {
  left: number;
  top: number;
  width: number;
  height: number;
}

export const right = (area: Area) => area.left + area.width;
export const bottom = (area: Area) => area.top + area.height;

export interface Size {
  width: number;
  height: number;
}

/** Fits a canvas to its size on the page at the screen's resolution, and clears it. */
export function prepare(
  canvas: HTMLCanvasElement,
  size: Size,
  zoom: number,
): CanvasRenderingContext2D | null {
  const ratio = zoom * (window.devicePixelRatio || 1);
  const width = Math.round(size.width * ratio);
  const height = Math.round(size.height * ratio);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  context?.clearRect(0, 0, size.width, size.height);
  return context;
}

/** Draws with the area as the clip, a little wider so that lines on its edge stay whole. */
export function clipped(context: CanvasRenderingContext2D, area: Area, draw: () => void): void {
  context.save();
  context.beginPath();
  context.rect(area.left - 1, area.top - 1, area.width + 2, area.height + 2);
  context.clip();
  draw();
  context.restore();
}

export interface Stroke {
  color: string;
  width?: number;
  dash?: readonly number[];
  alpha?: number;
  /** Round where not said; a line that is all zigzag is drawn sooner without. */
  join?: CanvasLineJoin;
}

/** Strokes a path without leaving its style behind. */
export function stroke(
  context: CanvasRenderingContext2D,
  style: Stroke,
  path: (context: CanvasRenderingContext2D) => void,
): void {
  context.save();
  context.strokeStyle = style.color;
  context.lineWidth = style.width ?? 1;
  context.globalAlpha = style.alpha ?? 1;
  context.setLineDash([...(style.dash ?? [])]);
  context.lineJoin = style.join ?? "round";
  context.lineCap = style.dash?.length ? "butt" : "round";
  context.beginPath();
  path(context);
  context.stroke();
  context.restore();
}

export function segment(
  context: CanvasRenderingContext2D,
  style: Stroke,
  from: readonly [number, number],
  to: readonly [number, number],
): void {
  stroke(context, style, (path) => {
    path.moveTo(from[0], from[1]);
    path.lineTo(to[0], to[1]);
  });
}

/** A filled disc with a ring round it. */
export function dot(
  context: CanvasRenderingContext2D,
  at: readonly [number, number],
  radius: number,
  fill: string,
  ring?: Stroke,
): void {
  context.save();
  context.beginPath();
  context.arc(at[0], at[1], radius, 0, 2 * Math.PI);
  fillAndRing(context, fill, ring);
  context.restore();
}

/** The number y* wherever it is drawn: one marker for three places. */
export function foundMarker(
  context: CanvasRenderingContext2D,
  at: readonly [number, number],
  colors: { accent: string; surface: string },
  highlighted: boolean,
): void {
  if (highlighted) {
    context.save();
    context.globalAlpha = 0.22;
    dot(context, at, 17, colors.accent);
    context.restore();
  }
  dot(context, at, 8, colors.surface, { color: colors.accent, width: 3 });
}

export interface TextStyle {
  color: string;
  font: string;
  align?: CanvasTextAlign;
  baseline?: CanvasTextBaseline;
}

export function text(
  context: CanvasRenderingContext2D,
  content: string,
  at: readonly [number, number],
  style: TextStyle,
): void {
  context.save();
  context.fillStyle = style.color;
  context.font = style.font;
  context.textAlign = style.align ?? "left";
  context.textBaseline = style.baseline ?? "alphabetic";
  context.fillText(content, at[0], at[1]);
  context.restore();
}

/** Fills the current path, and draws a line around it where one is wanted. */
export function fillAndRing(context: CanvasRenderingContext2D, fill: string, ring?: Stroke): void {
  context.fillStyle = fill;
  context.fill();
  if (ring) {
    context.strokeStyle = ring.color;
    context.lineWidth = ring.width ?? 1;
    context.stroke();
  }
}
