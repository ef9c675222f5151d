import { dot, type Stroke, stroke } from "./canvas.ts";
import type { Theme } from "./theme.ts";

export type Outcome = "accepted" | "rejected" | "divergent";

/** The start of a transition is a square, so that it is told from its end without colour. */
export function drawOrigin(
  context: CanvasRenderingContext2D,
  [px, py]: readonly [number, number],
  theme: Theme,
): void {
  context.save();
  context.fillStyle = theme.ink;
  context.strokeStyle = theme.surface;
  context.lineWidth = 1.5;
  context.beginPath();
  context.rect(px - 5, py - 5, 10, 10);
  context.fill();
  context.stroke();
  context.restore();
}

/** Accepted: a green disc with a tick. Rejected: a red cross. Divergent: a red diamond. */
export function drawOutcome(
  context: CanvasRenderingContext2D,
  [px, py]: readonly [number, number],
  outcome: Outcome,
  theme: Theme,
): void {
  const mark = (style: Stroke, ...points: [number, number][]) =>
    stroke(context, style, (path) => {
      for (const [dx, dy] of points) path.lineTo(px + dx, py + dy);
    });
  if (outcome === "accepted") {
    dot(context, [px, py], 9, theme.agree, { color: theme.surface, width: 1.5 });
    mark({ color: theme.surface, width: 2 }, [-4, 0.5], [-1, 3.5], [4, -3]);
    return;
  }
  dot(context, [px, py], 9, theme.surface);
  const style = { color: theme.wrong, width: 3 };
  if (outcome === "rejected") {
    mark(style, [-5, -5], [5, 5]);
    mark(style, [-5, 5], [5, -5]);
  } else {
    mark({ ...style, width: 2.5 }, [0, -7], [7, 0], [0, 7], [-7, 0], [0, -7]);
    mark({ ...style, width: 2 }, [0, -3], [0, 1]);
    dot(context, [px, py + 3.5], 1.2, theme.wrong);
  }
}
