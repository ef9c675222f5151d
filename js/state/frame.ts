// Frames as they arrive from the kernel (the packing is told in protocol.py) and as the page
// reads them: named arrays and records, without copies.
import {
  CURVE_FIELDS,
  DRAWS,
  ERROR_FIELDS,
  FRAME,
  POINT_FIELDS,
  ROW_COLUMNS,
  SUMMARY_FIELDS,
  TRANSITION_FIELDS,
  type VERDICTS,
} from "./protocol.ts";

export type Values = Record<string, unknown>;
export type VerdictName = keyof typeof VERDICTS;
export type Column = (typeof ROW_COLUMNS)[number];

type Fields<Names extends readonly string[]> = Record<Names[number], number>;
type Arrayed<Names extends readonly string[]> = Record<Names[number], Float64Array>;
export type Point = Fields<typeof POINT_FIELDS>;
export type Summary = Fields<typeof SUMMARY_FIELDS>;

interface Arrays {
  get(name: string): Float64Array | null;
  shape(name: string): readonly number[];
}

interface Header {
  kind: string;
  number: number;
  seq?: number | null;
  view?: string | null;
  arrays: Record<string, number[]>;
}

export interface Headline {
  claim: string;
  judgement: string;
  verdict: VerdictName;
  why: string;
}

export interface Row {
  name: string;
  verdict: VerdictName | null;
  message: string | null;
  absent: readonly Column[];
  reference: boolean;
  cells: Fields<typeof ROW_COLUMNS>;
}

interface TransitionHeader {
  /** Number of the draw that it led to, from 1. */
  index: number;
  /** Null where the algorithm knows no such thing. */
  is_accepted: boolean | null;
  is_divergent: boolean | null;
  what_if: boolean;
  sentence: string;
  algorithm?: string;
  /** False when an earlier draw than the last is shown. */
  is_last?: boolean;
  chain?: number;
}

/** Where an integrator went, and what came of it. */
export interface Path {
  position: Float64Array;
  /** Null where the algorithm has none. */
  momentum: Float64Array | null;
  energy: Float64Array | null;
  scalars: Fields<typeof TRANSITION_FIELDS>;
  /** Of a vector in two of its coordinates: all of the first, then all of the second. */
  plane?: Float64Array | null;
}

/** How NUTS made its path: the points are in the order of time. */
export interface Tree {
  /** Indices of the start, and of the point that became the new state. */
  start: number;
  selected: number;
  is_turning: boolean;
  is_last_discarded: boolean;
  /** Of each point the doubling that computed it; -1 for the start. */
  doubling: Float64Array;
  /** Of each point when it was computed. */
  order: Float64Array;
  /** Of each doubling: 1 forward in time, -1 backward. */
  directions: Float64Array;
}

/** One transition of one chain, with its path. */
export interface Transition extends TransitionHeader, Path {
  /** The path in half kicks and drifts: the start, then three points for each leapfrog step. */
  substeps: { position: Float64Array; momentum: Float64Array } | null;
  tree: Tree | null;
  /** The same start and momentum with the right gradient, where the gradient is scaled. */
  right: Path | null;
}

export type Curve = Arrayed<typeof CURVE_FIELDS>;
export type Errors = Arrayed<typeof ERROR_FIELDS>;

export interface Density {
  x: Float64Array;
  logdensity: Float64Array;
  density: Float64Array;
  mean: number;
  sd: number;
}

/** Everything that one change recomputed. */
export interface Frame {
  number: number;
  seq: number | null;
  view: string | null;
  /** How long the kernel worked on it, where it says so. */
  seconds: number | null;
  settled: boolean;
  values: Values;
  headline: Headline;
  statusSentence: string;
  verdictSentence: string;
  point: Point;
  rows: readonly Row[];
  curve: Curve | null;
  inner: { y: Float64Array; g: Float64Array } | null;
  errors: Errors | null;
  density: Density | null;
  transition: Transition | null;
  /** The gradient and its reference in the plane of two coordinates of a vector. */
  arrows?: { gradient: Float64Array; reference: Float64Array } | null;
  /** The point of inspection, as a vector. */
  position: readonly number[];
}

/** What a warm-up found, and its draws, which do not belong to the chain. */
export interface Warmup {
  step_size: number;
  inverse_mass_matrix: unknown;
  num_draws: number;
  draws: Float64Array;
}

/** What became of a view's wish that the kernel make the draws that it has made. */
export interface Replayed {
  view: string;
  wish: number;
  /** False where the kernel's chain was not the one that the view knew. */
  is_done: boolean;
}

/** So many draws with these settings. */
export interface Segment {
  count: number;
  settings: {
    step_size: number;
    num_integration_steps: number;
    inverse_mass_matrix: readonly number[];
  };
}

/** Draws of vectors in two of their coordinates. */
export interface PlaneDraws {
  chains: readonly (readonly [Float64Array, Float64Array])[];
  mean: Float64Array;
  sd: Float64Array;
}

/** A batch of draws. */
export interface Draws {
  number: number;
  seq: number | null;
  view: string | null;
  epoch: number;
  first: number;
  numDraws: number;
  numChains: number;
  running: boolean;
  batch: number | null;
  marks: readonly { draw: number; text: string }[];
  /** For each chain the draws from `first` on. */
  draws: readonly Float64Array[];
  isDivergent: readonly Float64Array[];
  summary: Summary;
  warmup: Warmup | null;
  /** Of vectors in two of their coordinates: for each chain both of them, and their moments. */
  plane?: PlaneDraws | null;
  /** Of a kernel's draws: what they were made for and with, and the last wish that it followed. */
  values?: Values;
  segments?: readonly Segment[];
  replayed?: Replayed | null;
  /** The same with the right gradient, where the gradient is scaled. */
  right: { draws: readonly Float64Array[]; summary: Summary } | null;
  transition: Transition | null;
}

const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** Splits a frame into its header and its arrays; null for an empty one. */
export function unpack(buffer: unknown): { header: Header; arrays: Arrays } | null {
  const bytes = asBytes(buffer);
  if (!bytes || bytes.byteLength < 4) return null;
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const text = new TextDecoder().decode(bytes.subarray(4, 4 + length));
  const header = JSON.parse(text) as Header;
  const data = asFloats(bytes, 4 + length);
  const arrays: Arrays = {
    shape: (name) => header.arrays[name]?.slice(1) ?? [],
    get(name) {
      const entry = header.arrays[name];
      if (!entry) return null;
      const [offset = 0, ...shape] = entry;
      return data.subarray(offset, offset + shape.reduce((size, n) => size * n, 1));
    },
  };
  return { header, arrays };
}

function asBytes(buffer: unknown): Uint8Array<ArrayBuffer> | null {
  if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer);
  if (ArrayBuffer.isView(buffer)) {
    return new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength);
  }
  return null;
}

/** Hosts hand over views at any offset: arrays that are not aligned have to be copied. */
function asFloats(bytes: Uint8Array<ArrayBuffer>, start: number): Float64Array {
  const count = Math.floor((bytes.byteLength - start) / 8);
  if (!isLittleEndian) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + start);
    return Float64Array.from({ length: count }, (_, i) => view.getFloat64(8 * i, true));
  }
  const offset = bytes.byteOffset + start;
  if (offset % 8 === 0) return new Float64Array(bytes.buffer, offset, count);
  return new Float64Array(bytes.slice(start, start + 8 * count).buffer);
}

function record<Names extends readonly string[]>(
  names: Names,
  values: Float64Array | null,
): Fields<Names> {
  const entries = names.map((name, i) => [name, values?.[i] ?? Number.NaN]);
  return Object.fromEntries(entries) as Fields<Names>;
}

/** The arrays `prefix.field` as one record, or null when the first of them is absent. */
function group<Field extends string>(
  arrays: Arrays,
  prefix: string,
  fields: readonly Field[],
): Record<Field, Float64Array> | null {
  const found = fields.map((field) => [field, arrays.get(`${prefix}.${field}`)] as const);
  const first = found[0]?.[1];
  if (!first) return null;
  const unknown = new Float64Array(first.length).fill(Number.NaN);
  return Object.fromEntries(found.map(([field, array]) => [field, array ?? unknown])) as Record<
    Field,
    Float64Array
  >;
}

function readPath(arrays: Arrays, prefix: string): Path | null {
  const position = arrays.get(`${prefix}.position`);
  return (
    position && {
      position,
      momentum: arrays.get(`${prefix}.momentum`),
      energy: arrays.get(`${prefix}.energy`),
      scalars: record(TRANSITION_FIELDS, arrays.get(`${prefix}.scalars`)),
      plane: arrays.get(`${prefix}.plane`),
    }
  );
}

// biome-ignore lint/suspicious/noExplicitAny: the header is what protocol.py promises
function readTransition(header: any, arrays: Arrays): Transition | null {
  const path = readPath(arrays, "transition");
  if (!header || !path) return null;
  const tree = group(arrays, "tree", ["doubling", "order", "directions"]);
  return {
    ...(header as TransitionHeader),
    ...path,
    substeps: group(arrays, "substeps", ["position", "momentum"]),
    tree: header.tree && tree ? { ...header.tree, ...tree } : null,
    right: readPath(arrays, "right"),
  };
}

/** Reads a frame of kind "frame"; null when the buffer holds none. */
export function readFrame(buffer: unknown): Frame | null {
  const unpacked = unpack(buffer);
  if (unpacked?.header.kind !== FRAME) return null;
  const { arrays } = unpacked;
  // biome-ignore lint/suspicious/noExplicitAny: the header is what protocol.py promises
  const header = unpacked.header as any;
  const cells = arrays.get("rows");
  const columns = ROW_COLUMNS.length;
  const density = group(arrays, "density", ["x", "logdensity", "density"]);
  const moments = arrays.get("density.moments");
  return {
    number: header.number,
    seq: header.seq ?? null,
    view: header.view ?? null,
    seconds: header.seconds ?? null,
    settled: header.settled ?? true,
    values: header.values,
    headline: header.headline,
    statusSentence: header.status_sentence ?? "",
    verdictSentence: header.verdict_sentence ?? "",
    point: record(POINT_FIELDS, arrays.get("point")),
    rows: header.rows.map((row: Omit<Row, "cells">, i: number) => ({
      ...row,
      cells: record(ROW_COLUMNS, cells?.subarray(i * columns, (i + 1) * columns) ?? null),
    })),
    curve: group(arrays, "curve", CURVE_FIELDS),
    inner: group(arrays, "inner", ["y", "g"]),
    errors: group(arrays, "error", ERROR_FIELDS),
    density: density && {
      ...density,
      mean: moments?.[0] ?? Number.NaN,
      sd: moments?.[1] ?? Number.NaN,
    },
    transition: readTransition(header.transition, arrays),
    arrows: group(arrays, "arrows", ["gradient", "reference"]),
    position: header.position ?? [],
  };
}

function readPlaneDraws(arrays: Arrays): PlaneDraws | null {
  const all = arrays.get("plane.draws");
  const moments = group(arrays, "plane", ["mean", "sd"]);
  if (!all || !moments) return null;
  const [chains = 0, , count = 0] = arrays.shape("plane.draws");
  const row = (i: number) => all.subarray(i * count, (i + 1) * count);
  return {
    ...moments,
    chains: Array.from({ length: chains }, (_, i) => [row(2 * i), row(2 * i + 1)] as const),
  };
}

/** Reads a frame of kind "draws"; null when the buffer holds none. */
export function readDraws(buffer: unknown): Draws | null {
  const unpacked = unpack(buffer);
  if (unpacked?.header.kind !== DRAWS) return null;
  const { arrays } = unpacked;
  // biome-ignore lint/suspicious/noExplicitAny: the header is what protocol.py promises
  const header = unpacked.header as any;
  const byChain = (name: string) => {
    const [chains = 0, count = 0] = arrays.shape(name);
    const all = arrays.get(name) ?? new Float64Array(0);
    return Array.from({ length: chains }, (_, i) => all.subarray(i * count, (i + 1) * count));
  };
  return {
    number: header.number,
    seq: header.seq ?? null,
    view: header.view ?? null,
    epoch: header.epoch,
    first: header.first,
    numDraws: header.num_draws,
    numChains: header.num_chains,
    running: header.running ?? false,
    batch: header.batch ?? null,
    marks: header.marks ?? [],
    draws: byChain("draws"),
    isDivergent: byChain("is_divergent"),
    summary: record(SUMMARY_FIELDS, arrays.get("summary")),
    values: header.values ?? {},
    segments: header.segments ?? [],
    replayed: header.replayed ?? null,
    warmup: header.warmup
      ? { ...header.warmup, draws: arrays.get("warmup.draws") ?? new Float64Array(0) }
      : null,
    plane: readPlaneDraws(arrays),
    right: arrays.get("right.draws") && {
      draws: byChain("right.draws"),
      summary: record(SUMMARY_FIELDS, arrays.get("right.summary")),
    },
    transition: readTransition(header.transition, arrays),
  };
}
