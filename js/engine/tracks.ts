// The draws of all chains of one target: BlackJAX's translated transitions, one after the other.
import type { Summary, Values } from "../state/frame.ts";
import { drawOn, type Lane } from "./lane.ts";
import type { Drawn } from "./runner.ts";
import type { SamplerModule, SamplerSettings } from "./translated.ts";

type Numbers = readonly number[];

/** Columns of a row, as sampling/_rows.py lays them out: the position's components come first. */
export const columnsOf = (dim: number | null) => {
  const size = dim ?? 1;
  const [LOGDENSITY, ACCEPTANCE] = [size, 2 * size + 1];
  return { LOGDENSITY, ACCEPTANCE, DIVERGENT: ACCEPTANCE + 2, ENERGY: ACCEPTANCE + 3 };
};

/** What is sampled, how, and from where. */
export interface Target {
  algorithm: string;
  dtype: string;
  /** The solver's number, the gradient scale and the parameters. */
  params: readonly number[];
  position: number | Numbers;
  seed: number;
  numChains: number;
}

/** For each component of a vector what was given, or the one number that was. */
export function startOf(values: Values, dim: number): number[] {
  const given = [values.initial_position].flat().map(Number);
  return Array.from({ length: dim }, (_, k) => given[k] ?? given[0] ?? 0);
}

export function targetOf(values: Values, names: readonly string[], module: SamplerModule): Target {
  const { dim } = module.known;
  return {
    algorithm: String(values.algorithm),
    dtype: String(values.dtype),
    params: [
      Math.max(0, module.known.solvers.indexOf(String(values.solver))),
      Number(values.gradient_scale),
      ...names.map((name) => Number(values[name])),
    ],
    position: dim === null ? Number(values.initial_position) : startOf(values, dim),
    seed: Number(values.seed),
    numChains: Number(values.num_chains),
  };
}

/** The row of a state that no transition led to. */
export function firstRow(
  module: SamplerModule,
  target: Target,
  position: number | Numbers,
): Numbers {
  const begin = module[`start_${target.algorithm}_${target.dtype}`] as SamplerModule["start_"];
  return begin(position, target.params)[0] as Numbers;
}

/** One chain's records; record i is what draw i starts from, so the first is the start itself. */
class Track {
  #records: Float64Array;
  numRecords = 1;
  /** Records whose keys are known, in order; the others' are found from the one before. */
  readonly #known = [0];
  readonly #keys: Numbers[];

  constructor(
    row: Numbers,
    key: Numbers,
    private readonly width = row.length,
  ) {
    this.#records = new Float64Array(64 * width);
    this.#records.set(row);
    this.#keys = [key];
  }

  get(record: number, column: number): number {
    return this.#records[record * this.width + column] as number;
  }

  set(record: number, column: number, value: number): void {
    this.#records[record * this.width + column] = value;
  }

  row(record: number): Numbers {
    return Array.from(this.#records.subarray(record * this.width, (record + 1) * this.width));
  }

  setRow(record: number, row: Numbers): void {
    this.#records.set(row, record * this.width);
  }

  /** @param key of the last record, where it is known. */
  add(records: Float64Array, key: Numbers | null): void {
    const used = this.numRecords * this.width;
    if (used + records.length > this.#records.length) {
      const larger = new Float64Array(Math.max(used + records.length, 2 * this.#records.length));
      larger.set(this.#records.subarray(0, used));
      this.#records = larger;
    }
    this.#records.set(records, used);
    this.numRecords += records.length / this.width;
    if (key && records.length) this.#remember(this.numRecords - 1, key);
  }

  shorten(numRecords: number): void {
    this.numRecords = numRecords;
    while ((this.#known.at(-1) as number) >= numRecords) {
      this.#known.pop();
      this.#keys.pop();
    }
  }

  /** The key that a draw's own key is split from. */
  key(record: number, { following_keys, known: { batch } }: SamplerModule): Numbers {
    let low = 0;
    for (let high = this.#known.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if ((this.#known[middle] as number) <= record) low = middle;
      else high = middle;
    }
    let at = this.#known[low] as number;
    let key = this.#keys[low] as Numbers;
    while (at < record) {
      const count = Math.min(batch, record - at);
      key = following_keys(key, count)[count - 1] as Numbers;
      at += count;
    }
    if (record > (this.#known.at(-1) as number)) this.#remember(record, key);
    return key;
  }

  #remember(record: number, key: Numbers): void {
    this.#known.push(record);
    this.#keys.push(key);
  }
}

/** Every chain's records. */
export class Tracks {
  readonly #tracks: readonly Track[];
  readonly columns: ReturnType<typeof columnsOf>;

  constructor(
    private readonly module: SamplerModule,
    readonly target: Target,
  ) {
    this.columns = columnsOf(module.known.dim);
    const row = firstRow(module, target, target.position);
    if (!row.slice(0, this.columns.ACCEPTANCE).every(Number.isFinite)) {
      throw new Error(
        `The log density or its gradient is not finite at the initial position ${target.position}: ` +
          "a chain can only start where both are.",
      );
    }
    const [alone, several] = module.initial_keys(target.seed);
    const keys = target.numChains === 1 ? [alone] : several.slice(0, target.numChains);
    this.#tracks = keys.map((key) => new Track(row, key));
  }

  get numChains(): number {
    return this.#tracks.length;
  }

  get numDraws(): number {
    return this.#track(0).numRecords - 1;
  }

  #track(chain: number): Track {
    return this.#tracks[chain] as Track;
  }

  #lane(row: Numbers, key: Numbers): Lane {
    const { algorithm, dtype, params } = this.target;
    return { program: `advance_${algorithm}_${dtype}`, params, row, key };
  }

  /** The chains as they are left now. */
  lanes(): Lane[] {
    const last = this.numDraws;
    return this.#tracks.map((_, i) => this.#lane(this.rowAt(i, last), this.keyAt(i, last)));
  }

  /** Appends draws to every chain. */
  advance(count: number, settings: SamplerSettings): void {
    if (count <= 0) return;
    const made = this.lanes().map((lane) => {
      const records = drawOn(this.module, lane, settings, count);
      return { records, key: lane.key };
    });
    this.add(made);
  }

  /** Appends draws that went on from the last ones. */
  add(made: Drawn["lanes"]): void {
    made.forEach(({ records, key }, chain) => {
      this.#track(chain).add(records, key);
    });
  }

  shorten(numDraws: number): void {
    for (const track of this.#tracks) track.shorten(numDraws + 1);
  }

  /** For each chain one column of the draws from `first` on. */
  column(index: number, first = 0): Float64Array[] {
    return this.#tracks.map((track) => {
      const found = new Float64Array(track.numRecords - 1 - first);
      for (let i = 0; i < found.length; i++) found[i] = track.get(1 + first + i, index);
      return found;
    });
  }

  /** What a draw starts from. */
  rowAt(chain: number, draw: number): Numbers {
    const track = this.#track(chain);
    const { LOGDENSITY, ACCEPTANCE } = this.columns;
    const row = track.row(draw);
    if (!Number.isNaN(row[LOGDENSITY])) return row;
    const state = firstRow(this.module, this.target, this.position(row));
    const whole = [...state.slice(0, ACCEPTANCE), ...row.slice(ACCEPTANCE)];
    track.setRow(draw, whole);
    return whole;
  }

  /** Where a record is: a number, or a vector. */
  position(row: Numbers): number | Numbers {
    return this.module.known.dim === null
      ? (row[0] as number)
      : row.slice(0, this.module.known.dim);
  }

  /** The key that a draw's own key is split from. */
  keyAt(chain: number, draw: number): Numbers {
    return this.#track(chain).key(draw, this.module);
  }

  positionOf(chain: number, draw: number): number {
    return this.#track(chain).get(draw + 1, 0);
  }

  /** Where a draw would be from another start, with its own key. */
  once(chain: number, draw: number, start: number, settings: SamplerSettings): number {
    const row = firstRow(this.module, this.target, start);
    const lane = this.#lane(row, this.keyAt(chain, draw));
    return drawOn(this.module, lane, settings, 1)[0] as number;
  }

  /** Puts a draw where a kernel has it; its log density is computed when it is needed. */
  setPosition(chain: number, draw: number, position: number): void {
    const track = this.#track(chain);
    const { LOGDENSITY, ACCEPTANCE } = this.columns;
    if (Object.is(track.get(draw + 1, 0), position)) return;
    track.set(draw + 1, 0, position);
    for (let column = LOGDENSITY; column < ACCEPTANCE; column++) {
      track.set(draw + 1, column, Number.NaN);
    }
  }

  /** Appends a kernel's draws to a chain; of their acceptance the mean is known. */
  append(
    chain: number,
    positions: Float64Array,
    divergent: readonly number[],
    summary: Summary | null,
  ): void {
    const track = this.#track(chain);
    const { ACCEPTANCE, DIVERGENT } = this.columns;
    const first = track.numRecords;
    const { length: width } = track.row(0);
    const unknown = Number.NaN;
    const records = new Float64Array(positions.length * width).fill(unknown);
    track.add(records, null);
    const flag = Number.isNaN(summary?.num_divergent ?? unknown) ? unknown : 0;
    positions.forEach((position, i) => {
      track.set(first + i, 0, position);
      track.set(first + i, ACCEPTANCE, summary?.acceptance_rate ?? unknown);
      track.set(first + i, DIVERGENT, flag);
    });
    for (const draw of divergent) {
      if (draw < positions.length) track.set(first + draw, DIVERGENT, 1);
    }
  }
}
