// The kernel's functions, translated (widget/_page.py): what the modules export, and how they load.

import type { Summary } from "../state/frame.ts";

type Numbers = readonly number[];

/** What the problem says of itself at a point. */
export type Answer = Record<string, unknown>;

/** A frame's point, and the derivatives by the parameters. */
export interface Inspected extends Record<string, unknown> {
  gradient: number;
  argmin: number;
  reference_gradient: number;
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
    slopes: Numbers | null,
    x: number,
    dtype: string,
    rtol: number,
    atol: null,
  ): { claim: string; judgement: string; verdict_name: string; why: string };
  rows_of(
    found: Inspected,
    hasClosedForm: boolean,
    times: Record<string, number>,
    forward: Numbers | null,
    refusal: string,
    names: readonly string[],
    references: Numbers,
    dtype: string,
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
    refusals: Record<string, string>;
    precisions: readonly string[];
    eps: Record<string, number>;
    rtol: number;
    kink_status: number;
    most_substeps: number;
    presets: Record<string, Record<string, unknown>>;
    grid: { curve: number; inner: number; per_decade: number; smallest_decade: number };
  };
  [answer: `answer_${string}`]: (x: number, ...params: number[]) => Answer;
  inspect_point(x: number, said: Answer, eps: number, ...params: number[]): Inspected;
  inspect_curve(x: number, said: Answer, eps: number, ...params: number[]): Inspected;
  inner?(y: number, x: number, ...params: number[]): number;
  beside?(y: number, x: number, ...params: number[]): Numbers;
  further?(x: number, ...params: number[]): Numbers;
  inner_window?(argmins: ArrayLike<number>, here: number): Numbers;
  density(...params: number[]): {
    x: Numbers;
    logdensity: Numbers;
    density: Numbers;
    mean: number;
    sd: number;
  };
  words: Words;
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

export interface SamplerModule {
  known: {
    algorithms: readonly string[];
    batch: number;
    /** Diagnostics have a program for so many draws, of all chains together. */
    rooms: readonly number[];
    solvers: readonly string[];
    precisions: readonly string[];
  };
  /** The key of a chain that is alone, and those of several. */
  initial_keys(seed: number): [Numbers, Rows];
  /** The keys after one, as the draws split them; padded. */
  following_keys(key: Numbers, count: number): Rows;
  [start: `start_${string}`]: (position: number, target: Numbers) => Rows;
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
  ) => Told;
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

async function evaluate(bytes: Uint8Array<ArrayBuffer>): Promise<unknown> {
  const text = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const blob = new Blob([await new Response(text).arrayBuffer()], { type: "text/javascript" });
  const url = URL.createObjectURL(blob);
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}
