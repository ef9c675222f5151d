import { type Area, bottom } from "./canvas.ts";
import type { Scale } from "./scales.ts";
import type { Theme } from "./theme.ts";

/** Narrower than this, in pixels, a band could be overlooked. */
export const MIN_BAND = 4;

/** First and last index of a stretch of grid points. */
export type Run = readonly [number, number];

/** The stretches of points whose code satisfies a condition. */
export function runs(codes: ArrayLike<number>, belongs: (code: number) => boolean): Run[] {
  const found: Run[] = [];
  let start = -1;
  for (let i = 0; i <= codes.length; i++) {
    const inside = i < codes.length && belongs(codes[i] as number);
    if (inside && start < 0) start = i;
    if (!inside && start >= 0) {
      found.push([start, i - 1]);
      start = -1;
    }
  }
  return found;
}

/** Where a run begins and ends, half way to its neighbours. */
export function edges(xs: ArrayLike<number>, [first, last]: Run): readonly [number, number] {
  const at = (i: number) => xs[Math.min(xs.length - 1, Math.max(0, i))] as number;
  return [(at(first - 1) + at(first)) / 2, (at(last) + at(last + 1)) / 2];
}

/** Runs as pixel intervals, at least `minimum` wide, those that then touch made one. */
export function bands(
  xs: ArrayLike<number>,
  found: readonly Run[],
  x: Scale,
  minimum = MIN_BAND,
): [number, number][] {
  const merged: [number, number][] = [];
  for (const run of found) {
    let [from, to] = edges(xs, run).map(x) as [number, number];
    if (to - from < minimum) {
      const middle = (from + to) / 2;
      [from, to] = [middle - minimum / 2, middle + minimum / 2];
    }
    const previous = merged.at(-1);
    if (previous && from <= previous[1]) previous[1] = Math.max(previous[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** Shades and hatches bands over the height of an area: colour and shape say the same. */
export function drawBands(
  context: CanvasRenderingContext2D,
  intervals: readonly (readonly [number, number])[],
  area: Area,
  color: string,
): void {
  for (const [from, to] of intervals) {
    context.save();
    context.beginPath();
    context.rect(from, area.top, to - from, area.height);
    context.clip();
    context.fillStyle = color;
    context.globalAlpha = 0.13;
    context.fill();
    context.globalAlpha = 0.4;
    context.strokeStyle = color;
    context.lineWidth = 1;
    context.beginPath();
    const first = Math.floor((from - area.height) / 6) * 6;
    for (let start = first; start < to; start += 6) {
      context.moveTo(start, bottom(area));
      context.lineTo(start + area.height, area.top);
    }
    context.stroke();
    context.restore();
  }
}

/** Both kinds of bands: where the gradient is wrong, and where that cannot be judged. */
export function drawVerdicts(
  context: CanvasRenderingContext2D,
  xs: ArrayLike<number>,
  codes: ArrayLike<number>,
  x: Scale,
  area: Area,
  kinds: { wrong: (code: number) => boolean; unclear: (code: number) => boolean },
  theme: Theme,
): void {
  drawBands(context, bands(xs, runs(codes, kinds.unclear), x), area, theme.muted);
  drawBands(context, bands(xs, runs(codes, kinds.wrong), x), area, theme.wrong);
}
