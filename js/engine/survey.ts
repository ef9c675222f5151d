// What takes the page a while, in pieces: the map over x and a parameter, and a vector's plane.
import type { Parameter } from "../state/check.ts";
import type { Values } from "../state/frame.ts";
import { planeKey, planeOf } from "../state/plane.ts";
import type { Replies } from "./engine.ts";
import { between, type PageInspector } from "./page.ts";

/** Rows of the map, as the kernel's has. */
const MAP_ROWS = 81;

/** Where answers go, and how they are numbered. */
type Answers = Pick<Replies, "map" | "plane" | "gaveUp"> & { nextNumber(): number };

/** The map over x and a parameter of this range. */
export async function tellMap(
  inspector: PageInspector,
  values: Values,
  { name, min, max, log }: Parameter,
  isWanted: () => boolean,
  answers: Answers,
): Promise<void> {
  const y = log
    ? between(Math.log(min), Math.log(max), MAP_ROWS).map(Math.exp)
    : between(min, max, MAP_ROWS);
  try {
    const found = await inspector.map(values, name, y, isWanted);
    if (!found) return;
    const { x, rel_error: error, verdict, status } = found as Record<string, Float64Array<never>>;
    if (!x || !error || !verdict || !status) return answers.gaveUp();
    const number = answers.nextNumber();
    answers.map({ number, values, parameter: name, x, y, error, verdict, status });
  } catch {
    answers.gaveUp();
  }
}

/** Both parts of the plane, one after the other. */
export async function tellPlane(
  inspector: PageInspector,
  values: Values,
  isWanted: () => boolean,
  answers: Answers,
): Promise<void> {
  const plane = planeOf(values);
  if (!plane) return;
  try {
    const { position } = inspector.place(values);
    const key = planeKey(values, position, inspector.names);
    const field = await inspector.field(values, plane, isWanted);
    if (!field) return;
    answers.plane({ number: answers.nextNumber(), key, plane, field, density: null });
  } catch {
    answers.gaveUp();
  }
}
