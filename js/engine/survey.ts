// What takes a page without a kernel a while, in pieces: the map over x and a parameter, and the
// plane of two coordinates. It is no part of the widget: a page that stands alone brings it along.
import type { Parameter } from "../state/check.ts";
import type { Values } from "../state/frame.ts";
import {
  type Field,
  type Marginals,
  type Pair,
  type PlaneDensity,
  planeKey,
  planeOf,
} from "../state/plane.ts";
import { ERROR_FIELDS } from "../state/protocol.ts";
import { type Answers, AT_REST, between, errorGrid, FEWEST, type PageInspector } from "./page.ts";
import { inPieces } from "./pieces.ts";
import type { Place } from "./place.ts";
import type { Mesh, MeshModule, Numbers } from "./translated.ts";

/** Rows of the map, as the kernel's has. */
const MAP_ROWS = 81;
/** All of it takes about so many milliseconds at most. */
const MAP = 5000;

type IsWanted = () => boolean;

/** The map over x and a parameter of this range. */
export async function tellMap(
  inspector: PageInspector,
  values: Values,
  { name, min, max, log }: Parameter,
  isWanted: IsWanted,
  answers: Answers,
): Promise<void> {
  const y = log
    ? between(Math.log(min), Math.log(max), MAP_ROWS).map(Math.exp)
    : between(min, max, MAP_ROWS);
  const { grid } = inspector.module.known;
  const here = inspector.place(values);
  const { x: range } = inspector.spec;
  const farthest = Math.max(...[range.min, range.max, here.along].map(Math.abs));
  const size = y.length * errorGrid(farthest, grid, 1).length;
  const x = errorGrid(farthest, grid, inspector.share(here, size, MAP) ?? FEWEST);
  const [error, verdict, status] = [0, 0, 0].map(() => new Float64Array(x.length * y.length)) as [
    Float64Array<ArrayBuffer>,
    Float64Array<ArrayBuffer>,
    Float64Array<ArrayBuffer>,
  ];
  const isDone = await inPieces(
    y.length,
    (row) => {
      // The line stays while the parameter changes.
      const at = { ...values, [name]: y[row], ...(here.v && { direction: here.v }) };
      const line = inspector.along(x, ERROR_FIELDS, inspector.place(at));
      error.set(line.rel_error, row * x.length);
      verdict.set(line.verdict, row * x.length);
      status.set(line.status, row * x.length);
    },
    isWanted,
  );
  if (!isDone) return;
  const number = answers.nextNumber();
  answers.map({ number, values, parameter: name, x, y, error, verdict, status });
}

/** Both parts of the plane, one after the other. */
export async function tellPlane(
  inspector: PageInspector,
  values: Values,
  isWanted: IsWanted,
  answers: Answers,
): Promise<void> {
  const plane = planeOf(values);
  if (!plane) return;
  const key = planeKey(values, inspector.place(values).position, inspector.module.known.names);
  const tell = (field: Field | null, density: PlaneDensity | null) =>
    answers.plane({ number: answers.nextNumber(), key, plane, field, density });
  const field = await fieldOf(inspector, values, plane, isWanted);
  if (!field) return;
  tell(field, null);
  try {
    tell(null, await densityOf(inspector, values, plane, isWanted));
  } catch (error) {
    if (!(error instanceof Overtaken)) throw error;
  }
}

/** The gradient over two coordinates; null where it was ended. */
async function fieldOf(
  inspector: PageInspector,
  values: Values,
  plane: Pair<number>,
  isWanted: IsWanted,
): Promise<Field | null> {
  const { grid } = inspector.module.known;
  const place = inspector.place(values);
  const share = inspector.share(place, grid.curve, AT_REST) ?? FEWEST;
  const [across, up] = plane.map((k) =>
    between(...reach(inspector, place.position[k] as number), grid.field[share] as number),
  ) as [Float64Array, Float64Array];
  const [value, error, verdict] = [0, 0, 0].map(() => new Float64Array(across.length ** 2)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const isDone = await inPieces(
    value.length,
    (i) => {
      const [first, second] = [i % across.length, Math.floor(i / across.length)];
      const found = place.inPlane(plane, across[first] as number, up[second] as number);
      value[i] = found.value;
      error[i] = found.rel_error;
      verdict[i] = found.verdict;
    },
    isWanted,
  );
  return isDone ? { across, up, value, error, verdict } : null;
}

/** The range of a coordinate, widened to hold a value. */
function reach({ module: { known } }: PageInspector, value: number): [number, number] {
  const [min = 0, max = 0] = known.range;
  const room = known.grid.room * (max - min);
  return [Math.min(min, value - room), Math.max(max, value + room)];
}

/** Where the density is looked at: evaluated over grids, a little at a time. */
class Ground {
  /** How long an evaluation takes, in milliseconds. */
  took = 0;
  readonly #held: readonly [Numbers, Numbers, Numbers, ...Numbers];

  constructor(
    readonly module: MeshModule,
    place: Place,
    plane: Pair<number>,
    private readonly isWanted: IsWanted,
  ) {
    const { position, params } = place;
    const unit = (which: number) => position.map((_, k) => Number(k === which));
    this.#held = [position, unit(plane[0]), unit(plane[1]), ...params];
  }

  /** The log density in rows of the second coordinate. */
  async over(across: ArrayLike<number>, up: ArrayLike<number>): Promise<Rows> {
    const rows: number[][] = [];
    const isDone = await inPieces(
      up.length,
      (row) => {
        const began = performance.now();
        const values = Array.from(across, (x) => {
          const found = this.module.logdensity_on_plane([x, up[row] as number], ...this.#held);
          return Number.isNaN(found) ? Number.NEGATIVE_INFINITY : found;
        });
        this.took = (performance.now() - began) / values.length;
        rows.push(values);
      },
      this.isWanted,
    );
    if (!isDone) throw new Overtaken();
    return rows;
  }

  /** The same over grids of w = arcsinh(x). */
  overMesh(mesh: Mesh): Promise<Rows> {
    return this.over(mesh[0].map(Math.sinh), mesh[1].map(Math.sinh));
  }

  /** Grids over the mass, or over what can be seen. */
  async found(around: Numbers, isMass: boolean, rounds: number): Promise<Mesh> {
    let mesh = this.module.mesh_start(around);
    for (let round = 0; round < rounds; round++) {
      const next = this.module.mesh_narrowed(mesh, await this.overMesh(mesh), isMass);
      mesh = next.grids;
      if (next.is_dense) break;
    }
    return mesh;
  }

  async marginals(mesh: Mesh, size: string): Promise<Marginals> {
    const values = await this.overMesh(this.module[`mesh_panels_${size}`]?.(mesh) as Mesh);
    const program = this.module[`mesh_marginals_${size}`] as MeshModule["mesh_marginals_"];
    const { x, density, ...rest } = program(mesh, values);
    return { x: both(x, floats), density: both(density, floats), ...rest };
  }
}

type Rows = readonly Numbers[];

const floats = (values: Numbers) => Float64Array.from(values);

const both = <From, To>([first, second]: Pair<From>, of: (each: From, which: 0 | 1) => To) =>
  [of(first, 0), of(second, 1)] as Pair<To>;

/** Nobody waits for it any more. */
class Overtaken extends Error {}

/** The density over two coordinates, and its marginals where there are no others. */
async function densityOf(
  inspector: PageInspector,
  values: Values,
  plane: Pair<number>,
  isWanted: IsWanted,
): Promise<PlaneDensity> {
  const module = inspector.module as unknown as MeshModule;
  const { grid } = inspector.module.known;
  const place = inspector.place(values);
  const ground = new Ground(module, place, plane, isWanted);
  const given = [values.initial_position].flat().map(Number);
  const start = both(plane, (k) => given[k] ?? given[0] ?? 0);
  let box: Pair<Pair<number>> | null = null;
  let marginals: Marginals | null = null;
  if (place.position.length === 2) {
    const mesh = await ground.found(start, true, grid.rounds);
    marginals = await ground.marginals(mesh, ground.took <= grid.fast ? "fine" : "coarse");
    if (!(marginals.error <= grid.worst)) marginals = null;
    else box = both(marginals.x, (x) => [x[0] ?? 0, x.at(-1) ?? 0]);
  }
  if (!box) {
    const mesh = await ground.found(start, false, grid.rounds);
    box = both(mesh, (w) => [Math.sinh(w[0] ?? 0), Math.sinh(w.at(-1) ?? 0)]);
    // It cannot be normalised: there is still something to see.
    const isFar = Math.max(...box.flat().map(Math.abs)) > grid.farthest;
    if (isFar) box = both(start, (at) => reach(inspector, at));
  }
  const count = ground.took <= grid.fast ? 121 : 61;
  const [across, up] = both(box, ([low, high], which) => {
    const [from, to] = [Math.min(low, start[which]), Math.max(high, start[which])];
    const margin = grid.margin * (to - from);
    return between(from - margin, to + margin, count);
  });
  const rows = await ground.over(across, up);
  return { across, up, logdensity: Float64Array.from(rows.flat()), marginals };
}
