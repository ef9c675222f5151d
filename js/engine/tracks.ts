// The draws of all chains of one target: BlackJAX's translated transitions, one after the other.
import type { Summary, Values } from "../state/frame.ts";
import type { SamplerModule, SamplerSettings } from "./translated.ts";

type Numbers = readonly number[];

/** Columns of a row, as sampling/_rows.py lays them out for a scalar position. */
export const [POSITION, LOGDENSITY, ACCEPTANCE, DIVERGENT, ENERGY] = [0, 1, 3, 5, 6] as const;

/** What is sampled, how, and from where. */
export interface Target {
  algorithm: string;
  dtype: string;
  /** The solver's number, the gradient scale and the parameters. */
  params: readonly number[];
  position: number;
  seed: number;
  numChains: number;
}

export function targetOf(values: Values, names: readonly string[], module: SamplerModule): Target {
  return {
    algorithm: String(values.algorithm),
    dtype: String(values.dtype),
    params: [
      Math.max(0, module.known.solvers.indexOf(String(values.solver))),
      Number(values.gradient_scale),
      ...names.map((name) => Number(values[name])),
    ],
    position: Number(values.initial_position),
    seed: Number(values.seed),
    numChains: Number(values.num_chains),
  };
}

/** The row of a state that no transition led to. */
export function firstRow(module: SamplerModule, target: Target, position: number): Numbers {
  const begin = module[`start_${target.algorithm}_${target.dtype}`] as SamplerModule["start_"];
  return begin(position, target.params)[0] as Numbers;
}

/** Every chain's records; record i is what draw i starts from, so the first is the start itself. */
export class Tracks {
  readonly rows: Numbers[][];
  /** Null where it is not known yet: the keys of draws that a kernel has made. */
  readonly keys: (Numbers | null)[][];

  constructor(
    private readonly module: SamplerModule,
    readonly target: Target,
  ) {
    const row = firstRow(module, target, target.position);
    const [position, logdensity, gradient] = row;
    if (![position, logdensity, gradient].every(Number.isFinite)) {
      throw new Error(
        `The log density or its gradient is not finite at the initial position ${position}: ` +
          "a chain can only start where both are.",
      );
    }
    const [alone, several] = module.initial_keys(target.seed);
    const keys = target.numChains === 1 ? [alone] : several.slice(0, target.numChains);
    this.rows = keys.map(() => [row]);
    this.keys = keys.map((key) => [key]);
  }

  get numDraws(): number {
    return (this.rows[0]?.length ?? 1) - 1;
  }

  /** Appends draws to every chain. */
  advance(count: number, settings: SamplerSettings): void {
    const { algorithm, dtype, params } = this.target;
    const run = this.module[`advance_${algorithm}_${dtype}`] as SamplerModule["advance_"];
    const { batch } = this.module.known;
    this.rows.forEach((rows, chain) => {
      const keys = this.keys[chain] as (Numbers | null)[];
      for (let left = count; left > 0; left -= batch) {
        const now = Math.min(left, batch);
        const end = rows.length - 1;
        const last = [[this.rowAt(chain, end)], [this.keyAt(chain, end)]] as const;
        const [newRows, newKeys] = run(...last, settings, params, now);
        for (let i = 0; i < now; i++) {
          rows.push(newRows[0]?.[i] as Numbers);
          keys.push(newKeys[0]?.[i] as Numbers);
        }
      }
    });
  }

  shorten(numDraws: number): void {
    for (const records of [...this.rows, ...this.keys]) records.length = numDraws + 1;
  }

  /** For each chain one column of the draws from `first` on. */
  column(index: number, first = 0): Float64Array[] {
    return this.rows.map((rows) => {
      const found = new Float64Array(rows.length - 1 - first);
      for (let i = 0; i < found.length; i++) found[i] = rows[1 + first + i]?.[index] as number;
      return found;
    });
  }

  /** What a draw starts from. */
  rowAt(chain: number, draw: number): Numbers {
    const rows = this.rows[chain] as Numbers[];
    const row = rows[draw] as Numbers;
    if (!Number.isNaN(row[LOGDENSITY])) return row;
    const state = firstRow(this.module, this.target, row[POSITION] as number);
    const whole = [...state.slice(0, ACCEPTANCE), ...row.slice(ACCEPTANCE)];
    rows[draw] = whole;
    return whole;
  }

  /** The key that a draw's own key is split from. */
  keyAt(chain: number, draw: number): Numbers {
    const keys = this.keys[chain] as (Numbers | null)[];
    let known = draw;
    while (!keys[known]) known--;
    const { batch } = this.module.known;
    while (known < draw) {
      const count = Math.min(batch, draw - known);
      const found = this.module.following_keys(keys[known] as Numbers, count);
      for (let i = 0; i < count; i++) keys[++known] = found[i] as Numbers;
    }
    return keys[draw] as Numbers;
  }

  positionOf(chain: number, draw: number): number {
    return this.rows[chain]?.[draw + 1]?.[POSITION] as number;
  }

  /** Where a draw would be from another start, with its own key. */
  once(chain: number, draw: number, start: number, settings: SamplerSettings): number {
    const { algorithm, dtype, params } = this.target;
    const run = this.module[`advance_${algorithm}_${dtype}`] as SamplerModule["advance_"];
    const row = firstRow(this.module, this.target, start);
    const [rows] = run([row], [this.keyAt(chain, draw)], settings, params, 1);
    return rows[0]?.[0]?.[POSITION] as number;
  }

  /** Puts a draw where a kernel has it; its log density is computed when it is needed. */
  setPosition(chain: number, draw: number, position: number): void {
    const rows = this.rows[chain] as Numbers[];
    const row = rows[draw + 1] as Numbers;
    if (Object.is(row[POSITION], position)) return;
    rows[draw + 1] = [position, Number.NaN, Number.NaN, ...row.slice(ACCEPTANCE)];
  }

  /** Appends a kernel's draws to a chain; of their acceptance the mean is known. */
  append(
    chain: number,
    positions: Float64Array,
    divergent: readonly number[],
    summary: Summary | null,
  ): void {
    const rows = this.rows[chain] as Numbers[];
    const keys = this.keys[chain] as (Numbers | null)[];
    const acceptance = summary?.acceptance_rate ?? Number.NaN;
    const first = rows.length;
    const unknown = Number.NaN;
    const flag = Number.isNaN(summary?.num_divergent ?? unknown) ? unknown : 0;
    for (const x of positions) {
      rows.push([x, unknown, unknown, acceptance, unknown, flag, unknown, unknown]);
      keys.push(null);
    }
    for (const draw of divergent) {
      const row = rows[first + draw];
      if (row) rows[first + draw] = [...row.slice(0, DIVERGENT), 1, ...row.slice(DIVERGENT + 1)];
    }
  }
}
