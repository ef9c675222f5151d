import { dot, segment, stroke } from "./canvas.ts";
import { arrowHead } from "./marker.ts";
import { drawOrigin, drawOutcome, type Outcome } from "./outcome.ts";
import { type Place, type Points, pixels } from "./path.ts";
import type { Theme } from "./theme.ts";

/** One moment of a transition. */
export interface StageData {
  /** Where it has been so far, in half kicks and drifts. */
  trail: Points;
  /** The last move, from one point of phase space to the present one. */
  from: readonly [number, number];
  to: readonly [number, number];
  /** Whether the decision has been made. */
  isDecided: boolean;
}

/** The trail so far, and the last move as an arrow: kicks are upright, drifts level. */
export function drawStage(
  context: CanvasRenderingContext2D,
  at: Place,
  { trail, from, to, isDecided }: StageData,
  outcome: Outcome,
  theme: Theme,
): void {
  const points = pixels(at, trail);
  stroke(context, { color: theme.accent, width: 1.5 }, (line) => {
    for (const point of points) line.lineTo(...point);
  });
  // After every third part a leapfrog step is done.
  for (let i = 3; i < points.length; i += 3) {
    dot(context, points[i] as [number, number], 3, theme.surface, {
      color: theme.accent,
      width: 1.5,
    });
  }
  const [start, end] = [at(...from), at(...to)];
  if (points[0]) drawOrigin(context, points[0], theme);
  if (isDecided) {
    drawOutcome(context, end, outcome, theme);
    return;
  }
  const length = Math.hypot(end[0] - start[0], end[1] - start[1]);
  if (length > 1) {
    segment(context, { color: theme.ink, width: 2.5 }, start, end);
    if (length > 10) arrowHead(context, start, end, theme.ink);
  } else dot(context, end, 5, theme.ink);
}
