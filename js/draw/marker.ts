import { fillAndRing, type Stroke } from "./canvas.ts";

type Context = CanvasRenderingContext2D;
type Pen = Pick<Context, "arc" | "rect" | "lineTo" | "closePath">;

/** Small shapes round the origin, told apart without colour. */
const SHAPES: readonly ((path: Pen, r: number) => void)[] = [
  (path, r) => path.arc(0, 0, r, 0, 2 * Math.PI),
  (path, r) => path.rect(-0.9 * r, -0.9 * r, 1.8 * r, 1.8 * r),
  (path, r) => polygon(path, [0, -1.3 * r], [1.2 * r, 0.9 * r], [-1.2 * r, 0.9 * r]),
  (path, r) => polygon(path, [0, -1.4 * r], [1.4 * r, 0], [0, 1.4 * r], [-1.4 * r, 0]),
];

function polygon(path: Pen, ...points: [number, number][]): void {
  for (const point of points) path.lineTo(...point);
  path.closePath();
}

export const NUM_SHAPES = SHAPES.length;

/** The same shapes as the data of an SVG path. */
export function shapeData(shape: number, radius: number): string {
  let data = "";
  SHAPES[shape % NUM_SHAPES]?.(
    {
      arc: (_x, _y, r) => {
        data += `M${-r} 0A${r} ${r} 0 1 1 ${r} 0A${r} ${r} 0 1 1 ${-r} 0Z`;
      },
      rect: (x, y, width, height) => {
        data += `M${x} ${y}h${width}v${height}h${-width}Z`;
      },
      lineTo: (x, y) => {
        data += `${data ? "L" : "M"}${x} ${y}`;
      },
      closePath: () => {
        data += "Z";
      },
    },
    radius,
  );
  return data;
}

/** One of four shapes at a point. */
export function marker(
  context: Context,
  [x, y]: readonly [number, number],
  radius: number,
  shape: number,
  fill: string,
  ring?: Stroke,
): void {
  context.save();
  context.translate(x, y);
  context.beginPath();
  SHAPES[shape % NUM_SHAPES]?.(context, radius);
  fillAndRing(context, fill, ring);
  context.restore();
}

/** A head at the end of a line that comes from `from`. */
export function arrowHead(
  context: Context,
  from: readonly [number, number],
  to: readonly [number, number],
  color: string,
  size = 7,
): void {
  context.save();
  context.translate(to[0], to[1]);
  context.rotate(Math.atan2(to[1] - from[1], to[0] - from[0]));
  context.fillStyle = color;
  context.beginPath();
  polygon(context, [0, 0], [-size * 1.4, -size * 0.7], [-size * 1.4, size * 0.7]);
  context.fill();
  context.restore();
}
