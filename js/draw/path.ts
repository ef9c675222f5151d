import { dot, segment, stroke } from "./canvas.ts";
import { arrowHead } from "./marker.ts";
import { drawOrigin, drawOutcome, type Outcome } from "./outcome.ts";
import type { Theme } from "./theme.ts";

/** Points of phase space. */
export interface Points {
  position: ArrayLike<number>;
  momentum: ArrayLike<number>;
}

/** Where a point of phase space lies on the canvas. */
export type Place = (position: number, momentum: number) => [number, number];

/** Paths with more points than this are drawn without a dot on each. */
const MAX_DOTS = 80;

/** A path in pixels, as far as a canvas can follow it: one that explodes leaves the plot. */
export function pixels(at: Place, { position, momentum }: Points): [number, number][] {
  const points: [number, number][] = [];
  for (let i = 0; i < position.length; i++) {
    const point = at(position[i] as number, momentum[i] as number);
    if (!(Math.abs(point[0]) < 1e5 && Math.abs(point[1]) < 1e5)) break;
    points.push(point);
  }
  return points;
}

/** A leapfrog path from its start to its outcome. */
export function drawPath(
  context: CanvasRenderingContext2D,
  at: Place,
  path: Points,
  { outcome, whatIf }: { outcome: Outcome; whatIf: boolean },
  theme: Theme,
): void {
  const points = pixels(at, path);
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return;
  stroke(context, { color: theme.accent, width: 2, dash: whatIf ? [5, 4] : [] }, (line) => {
    for (const point of points) line.lineTo(...point);
  });
  if (points.length <= MAX_DOTS) {
    for (const point of points.slice(1, -1)) {
      dot(context, point, 3, theme.surface, { color: theme.accent, width: 1.5 });
    }
  }
  drawOrigin(context, first, theme);
  drawOutcome(context, last, outcome, theme);
}

/** Where the right gradient would have led: the reference, wide and pale, with its end. */
export function drawRightPath(
  context: CanvasRenderingContext2D,
  at: Place,
  path: Points,
  theme: Theme,
): void {
  const points = pixels(at, path);
  stroke(context, { color: theme.referenceWide, width: 5 }, (line) => {
    for (const point of points) line.lineTo(...point);
  });
  const last = points.at(-1);
  if (last) dot(context, last, 6, theme.surface, { color: theme.reference, width: 2.5 });
}

/** Without momentum: an arrow from the start to the proposal. */
export function drawProposal(
  context: CanvasRenderingContext2D,
  at: Place,
  position: ArrayLike<number>,
  outcome: Outcome,
  theme: Theme,
): void {
  const from = at(position[0] as number, 0);
  const to = at(position[position.length - 1] as number, 0);
  segment(context, { color: theme.accent, width: 2 }, from, to);
  const back = Math.sign(to[0] - from[0]) * 9;
  if (Math.abs(to[0] - from[0]) > 24) {
    arrowHead(context, from, [to[0] - back, to[1]], theme.accent);
  }
  drawOrigin(context, from, theme);
  drawOutcome(context, to, outcome, theme);
}
