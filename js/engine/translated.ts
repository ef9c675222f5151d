// The kernel's functions, translated (widget/_page.py): what the modules export, and how they load.

import type { Summary } from "../state/frame.ts";
import type { Sync } from "../state/sync.ts";
import type { Engine, Replies } from "./engine.ts";

export type Numbers = readonly number[];
/** x is a number, or a vector. */
type X = number | Numbers;

/** What the problem says of itself at a point. */
export type Answer = Record<string, unknown>;

/** A frame's point, and the derivatives by the parameters. */
export interface Inspected extends Record<string, unknown> {
  gradient: X;
  argmin: X;
  hessian: X | readonly Numbers[];
  reference_gradient: X;
  status: number;
  verdict: number;
}

export interface TableRow {
  name: string;
  value: number | null;
  gradient: number | null;
  rel_error: number | null;
  residual: number | null;
  time: number | null;
  verdict: number | null;
  message: string | null;
}

/** Python's functions that write sentences. */
export interface Words {
  headline_of(
    found: Inspected,
    reference: string,
    slopes: readonly X[] | null,
    x: X,
    dtype: string,
    rtol: number,
    atol: null,
  ): { claim: string; judgement: string; verdict_name: string; why: string };
  rows_of(
    found: Inspected,
    hasClosedForm: boolean,
    times: Record<string, number>,
    forward: Numbers | null,
    refusal: string | null,
    names: readonly string[],
    references: Numbers,
    dtype: string,
    isLine: boolean,
  ): TableRow[];
  describe(transition: { last_step: LastStep; tree: ToldTree | null }): string;
  mark_text(settings: SamplerSettings, algorithm: string): string;
  sentences(status: number, verdict: number): [string, string];
}

export interface GradientModule {
  known: {
    names: readonly string[];
    has_closed_form: boolean;
    reference: string;
    closed_form_row: string;
    is_conjugate: boolean;
    refusals: Record<string, string | null>;
    /** Of x, or of each of its components. */
    range: Numbers;
    /** What the direction "random" stands for. */
    random: Numbers;
    precisions: readonly string[];
    eps: Record<string, number>;
    rtol: number;
    kink_status: number;
    most_substeps: number;
    grid: {
      curve: number;
      inner: number;
      per_decade: number;
      smallest_decade: number;
      /** Points of the field along each axis, by the share of the curves' that is computed. */
      field: Record<string, number>;
      /** Around the point in the plane, and around its density, as shares of their ranges. */
      room: number;
      margin: number;
      /** The density's mesh: so many rounds lead there; the worst error of its marginals. */
      rounds: number;
      worst: number;
      /** An evaluation of the density is fast that takes so many milliseconds. */
      fast: number;
      /** Nothing that can be seen is so far away. */
      farthest: number;
    };
  };
  [answer: `answer_${string}`]: (x: X, ...params: Numbers) => Answer;
  inspect_point(x: X, said: Answer, eps: number, ...params: Numbers): Inspected;
  beside?(y: X, x: X, ...params: Numbers): readonly X[];
  inner_window?(argmins: ArrayLike<number>, here: number): Numbers;
  words: Words;
  // Of a scalar x.
  inspect_curve(x: number, said: Answer, eps: number, ...params: Numbers): Inspected;
  // Of a vector x, and of the line x + t v.
  inspect_line(
    x: Numbers,
    t: number,
    v: Numbers,
    said: Answer,
    eps: number,
    ...params: Numbers
  ): Inspected;
  inspect_on_line: GradientModule["inspect_line"];
  inspect_plane(
    x: Numbers,
    first: Numbers,
    second: Numbers,
    said: Answer,
    eps: number,
    ...params: Numbers
  ): { value: number; rel_error: number; verdict: number };
  /** What a page without a kernel brings along: survey.ts. */
  survey?: unknown;
  /** What a page brings along in place of all of this: recorded.ts. */
  createEngine?(sync: Sync, replies: Replies): Engine;
  unit(v: Numbers): Numbers;
  slope(x: Numbers, ...params: Numbers): Numbers;
  /** Of x, or of y, where the minimum is, the minimum, v and x. */
  inner?(y: number, ...at: (X | number)[]): number;
  /** Of x, or of x and v. */
  further?(x: X, ...more: (X | number)[]): Numbers;
  /** Of the parameters; for a vector of where the line starts and of v before them. */
  density(...of: (X | number)[]): {
    x: Numbers;
    logdensity: Numbers;
    density: Numbers;
    mean: number;
    sd: number;
  };
}

/** Two grids: of the first coordinate of a plane, and of the second. */
export type Mesh = readonly [Numbers, Numbers];

/** Programs of widget/_plane_mesh.py; grids are of w = arcsinh(x). */
export interface MeshModule {
  mesh_start(around: Numbers): Mesh;
  mesh_narrowed(
    grids: Mesh,
    logdensity: readonly Numbers[],
    isMass: boolean,
  ): { grids: Mesh; is_dense: boolean };
  [panels: `mesh_panels_${string}`]: (grids: Mesh) => Mesh;
  [marginals: `mesh_marginals_${string}`]: (
    grids: Mesh,
    logdensity: readonly Numbers[],
  ) => {
    x: Mesh;
    density: Mesh;
    mean: [number, number];
    sd: [number, number];
    error: number;
  };
  logdensity_on_plane(
    point: Numbers,
    held: Numbers,
    first: Numbers,
    second: Numbers,
    ...params: Numbers
  ): number;
}

/** A transition in its parts, as sampling/_transition.py names them. */
export interface LastStep {
  momentum: number | null;
  path_position: Numbers;
  path_momentum: Numbers | null;
  path_energy: Numbers | null;
  delta_energy: number | null;
  acceptance_rate: number;
  uniform: number | null;
  is_accepted: boolean | null;
  is_divergent: boolean | null;
}

export interface SamplerSettings {
  step_size: number;
  num_integration_steps: number;
  inverse_mass_matrix: Numbers;
}

type Rows = readonly Numbers[];

/** How NUTS made its path; padded. */
export interface ToldTree {
  directions: Numbers;
  num_doublings: number;
  doubling: Numbers;
  order: Numbers;
  start: number;
  selected: number;
  is_turning: boolean;
  is_last_discarded: boolean;
}

/** A transition from inside, as widget/_sampler_module.py tells it; paths are padded. */
export interface Told extends LastStep {
  num_points: number;
  substeps: { position: Numbers; momentum: Numbers } | null;
  tree: ToldTree | null;
}

/** The same of a vector: the path, the momenta and the sub-steps have all components. */
export type ToldVector = { [Field in keyof Told]: unknown } & Pick<Told, "tree" | "num_points">;

export interface SamplerModule {
  known: {
    /** The number of components of a vector; null for a scalar. */
    dim: number | null;
    algorithms: readonly string[];
    batch: number;
    /** Diagnostics have a program for so many draws, of all chains together. */
    rooms: readonly number[];
    solvers: readonly string[];
    precisions: readonly string[];
  };
  /** The settings as the programs take them. */
  given(settings: SamplerSettings): SamplerSettings;
  /** The key of a chain that is alone, and those of several. */
  initial_keys(seed: number): [Numbers, Rows];
  /** The keys after one, as the draws split them; padded. */
  following_keys(key: Numbers, count: number): Rows;
  [start: `start_${string}`]: (position: X, target: Numbers) => Rows;
  [advance: `advance_${string}`]: (
    rows: Rows,
    keys: Rows,
    settings: SamplerSettings,
    target: Numbers,
    count: number,
  ) => [readonly Rows[], readonly Rows[]];
  [replay: `replay_${string}`]: (
    rows: Rows,
    keys: Rows,
    settings: SamplerSettings,
    target: Numbers,
  ) => Told | ToldVector;
  [summary: `summary_${number}`]: (
    draws: Float64Array,
    acceptance_rate: Float64Array,
    is_divergent: Float64Array,
    energy: Float64Array,
    numChains: number,
    numDraws: number,
  ) => Partial<Summary>;
}

const loaded = new Map<string, Promise<unknown>>();

/** Loads a module from its compressed text; widgets of one problem share it. */
export function load<Module>(compressed: unknown): Promise<Module> | null {
  if (!ArrayBuffer.isView(compressed) || !compressed.byteLength) return null;
  const { buffer, byteOffset, byteLength } = compressed;
  const bytes = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  // The last four bytes are a checksum of the text.
  const key = `${byteLength} ${bytes.slice(-4).join()}`;
  const known = loaded.get(key) ?? evaluate(bytes);
  loaded.set(key, known);
  return known as Promise<Module>;
}

const sources = new WeakMap<object, Blob>();

/** The text of a module that was loaded here: a worker evaluates it once more. */
export const sourceOf = (module: object): Blob | undefined => sources.get(module);

async function evaluate(bytes: Uint8Array<ArrayBuffer>): Promise<unknown> {
  const text = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const blob = new Blob([await new Response(text).arrayBuffer()], { type: "text/javascript" });
  const url = URL.createObjectURL(blob);
  try {
    const module = await import(/* @vite-ignore */ url);
    sources.set(module, blob);
    return module;
  } finally {
    URL.revokeObjectURL(url);
  }
}
