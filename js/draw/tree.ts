import { tickFont } from "./axes.ts";
import { dot, stroke, text } from "./canvas.ts";
import { arrowHead, marker } from "./marker.ts";
import { drawOrigin, drawOutcome, type Outcome } from "./outcome.ts";
import { type Place, type Points, pixels } from "./path.ts";
import { chainStyle, type Theme } from "./theme.ts";

/** NUTS's tree of doublings over points in the order of time. */
export interface TreeData {
  start: number;
  selected: number;
  doubling: ArrayLike<number>;
  order: ArrayLike<number>;
  directions: ArrayLike<number>;
  isLastDiscarded: boolean;
  /** Doublings that are drawn: fewer than all while it is played. */
  count: number;
}

/** Up to here there is room for the order of the points. */
const MAX_NUMBERED = 32;

/** Colour and shape of a doubling. */
export const doublingStyle = chainStyle;

/** First and last index of the points that a doubling added. */
export function span(tree: TreeData, doubling: number): readonly [number, number] {
  let first = -1;
  let last = -1;
  for (let i = 0; i < tree.doubling.length; i++) {
    if (tree.doubling[i] !== doubling) continue;
    if (first < 0) first = i;
    last = i;
  }
  return [first, last];
}

/** Directions in which a point's number may lie, the usual one first. */
const AROUND = [-1, -5, -3, -7, 0, 4, 2, 6].map((eighth) => (eighth * Math.PI) / 4);
/** Distance of a number from its point, and half of the room that it takes. */
const NUMBER = { away: 12, width: 7, height: 6 };
/** Radius of the mark of the selected point. */
const MARK = 12;

/** In which order the points were computed, as far as there is room beside each. */
function numberPoints(
  context: CanvasRenderingContext2D,
  points: readonly (readonly [number, number])[],
  tree: TreeData,
  isDrawn: (i: number) => boolean,
  theme: Theme,
): void {
  const taken: (readonly [number, number])[] = [];
  // The mark of the selected point is larger than the others.
  const mark = tree.count < tree.directions.length ? undefined : points[tree.selected];
  const isHidden = (spot: readonly [number, number]) =>
    mark && Math.hypot(spot[0] - mark[0], spot[1] - mark[1]) < MARK + NUMBER.width;
  const isNear = (a: readonly [number, number], b: readonly [number, number], share: number) =>
    Math.abs(a[0] - b[0]) < share * NUMBER.width && Math.abs(a[1] - b[1]) < share * NUMBER.height;
  points.forEach((point, i) => {
    if ((tree.doubling[i] as number) < 0 || !isDrawn(i)) return;
    const free = AROUND.map(
      (angle) =>
        [
          point[0] + NUMBER.away * Math.cos(angle),
          point[1] + NUMBER.away * Math.sin(angle),
        ] as const,
    ).find(
      (spot) =>
        !isHidden(spot) &&
        !taken.some((other) => isNear(spot, other, 2)) &&
        !points.some((other) => isNear(spot, other, 1.4)),
    );
    if (!free) return;
    taken.push(free);
    text(context, String(tree.order[i]), free, {
      color: theme.muted,
      font: tickFont(theme),
      align: "center",
      baseline: "middle",
    });
  });
}

/** The points of each doubling in its colour and shape, an arrow where it went, their order. */
export function drawTree(
  context: CanvasRenderingContext2D,
  at: Place,
  path: Points,
  tree: TreeData,
  outcome: Outcome,
  theme: Theme,
): void {
  const points = pixels(at, path);
  const isDrawn = (i: number) => (tree.doubling[i] as number) < tree.count;
  const discarded = tree.isLastDiscarded ? tree.directions.length - 1 : -1;
  stroke(context, { color: theme.muted, width: 1.25 }, (line) => {
    points.forEach((point, i) => {
      if (isDrawn(i)) line.lineTo(...point);
    });
  });
  points.forEach((point, i) => {
    const doubling = tree.doubling[i] as number;
    if (doubling < 0 || !isDrawn(i)) return;
    const { color, shape } = doublingStyle(theme, doubling);
    const fill = doubling === discarded ? theme.surface : color;
    marker(context, point, 3.5, shape, fill, { color, width: 1.25 });
  });
  if (points.length <= MAX_NUMBERED) numberPoints(context, points, tree, isDrawn, theme);
  for (let doubling = 0; doubling < Math.min(tree.count, tree.directions.length); doubling++) {
    const [first, last] = span(tree, doubling);
    const forward = (tree.directions[doubling] as number) > 0;
    const end = points[forward ? last : first];
    const before = points[forward ? last - 1 : first + 1];
    if (end && before) arrowHead(context, before, end, doublingStyle(theme, doubling).color, 8);
  }
  const start = points[tree.start];
  if (start) drawOrigin(context, start, theme);
  const selected = points[tree.selected];
  if (!selected || tree.count < tree.directions.length) return;
  dot(context, selected, MARK, theme.surface);
  drawOutcome(context, selected, outcome, theme);
}
