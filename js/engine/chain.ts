// The page's own chain: BlackJAX's translated transitions, one draw after the other.
import type { Draws, Summary, Transition, Values } from "../state/frame.ts";
import { SUMMARY_FIELDS } from "../state/protocol.ts";
import type { LastStep, Replayed, SamplerModule, SamplerSettings } from "./translated.ts";

type Numbers = readonly number[];

/** Columns of a row, as sampling/_rows.py lays them out for a scalar position. */
const [POSITION, ACCEPTANCE, DIVERGENT] = [0, 3, 5] as const;

/** Draws that a chain is made again with, when its target has changed. */
const REPLAY = 1000;

/** So many draws with these settings: what a kernel, or a link, needs to make them again. */
export interface Segment {
  count: number;
  settings: SamplerSettings;
}

/** What makes a chain this chain. */
const identityOf = (values: Values, names: readonly string[]) =>
  JSON.stringify(
    [...names, "solver", "dtype", "algorithm", "initial_position", "seed", "gradient_scale"].map(
      (name) => values[name],
    ),
  );

export function settingsOf(values: Values): SamplerSettings {
  const mass = [values.inverse_mass_matrix].flat(2).map(Number);
  return {
    step_size: Number(values.step_size),
    num_integration_steps: Number(values.num_integration_steps),
    inverse_mass_matrix: mass.slice(0, 1),
  };
}

export class PageChain {
  /** Record i is what draw i starts from: the first one is the start itself. */
  #rows: Numbers[] = [];
  #keys: Numbers[] = [];
  #segments: Segment[] = [];
  #identity = "";
  /** Index of the draw whose transition is shown; null for the last. */
  #shown: number | null = null;
  epoch = 0;

  constructor(
    private readonly module: SamplerModule,
    private readonly names: readonly string[],
    private readonly describe: (transition: { last_step: LastStep; tree: null }) => string,
  ) {}

  /** Why a chain is left to the kernel; null where it is not. */
  refusal(values: Values): string | null {
    const { algorithms, solver, dtype } = this.module.known;
    if (!algorithms.includes(String(values.algorithm)) || values.algorithm === "nuts") {
      return `${String(values.algorithm).toUpperCase()} was not put into this page`;
    }
    if (values.solver !== solver || values.dtype !== dtype) {
      return `this page samples with the solver “${solver}” in ${dtype}`;
    }
    return Number(values.num_chains) > 1 ? "this page samples one chain" : null;
  }

  get numDraws(): number {
    return Math.max(0, this.#rows.length - 1);
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  #target(values: Values): number[] {
    return [Number(values.gradient_scale), ...this.names.map((name) => Number(values[name]))];
  }

  /** Whether the chain, if there is one, is that of these inputs. */
  isCurrent(values: Values): boolean {
    return !this.#rows.length || this.#identity === identityOf(values, this.names);
  }

  start(values: Values): void {
    const begin = this.module[`start_${values.algorithm}`] as SamplerModule["start_"];
    const rows = begin(Number(values.initial_position), this.#target(values));
    const [position, logdensity, gradient] = rows[0] as Numbers;
    if (![position, logdensity, gradient].every(Number.isFinite)) {
      throw new Error(
        `The log density or its gradient is not finite at the initial position ${position}: ` +
          "a chain can only start where both are.",
      );
    }
    this.#rows = [...rows];
    this.#keys = [...this.module.initial_key(Number(values.seed))];
    this.#segments = [];
    this.#identity = identityOf(values, this.names);
    this.#shown = null;
    this.epoch++;
  }

  /** Restarts and replays a chain whose target has changed; returns whether it did. */
  follow(values: Values): boolean {
    if (this.isCurrent(values)) return false;
    const segments = this.#segments;
    let left = Math.min(this.numDraws, REPLAY);
    this.start(values);
    for (const { count, settings } of segments) {
      this.advance(values, Math.min(count, left), settings);
      left -= Math.min(count, left);
    }
    return true;
  }

  /** Appends draws. */
  advance(values: Values, count: number, settings: SamplerSettings = settingsOf(values)): void {
    if (!this.#rows.length) this.start(values);
    const run = this.module[`advance_${values.algorithm}`] as SamplerModule["advance_"];
    const { batch } = this.module.known;
    this.#shown = null;
    for (let left = count; left > 0; left -= batch) {
      const now = Math.min(left, batch);
      const last = [this.#rows.at(-1) as Numbers];
      const keys = [this.#keys.at(-1) as Numbers];
      const [rows, newKeys] = run(last, keys, settings, this.#target(values), now);
      this.#rows.push(...(rows[0] as Numbers[]).slice(0, now));
      this.#keys.push(...(newKeys[0] as Numbers[]).slice(0, now));
    }
    const previous = this.#segments.at(-1);
    if (count === 0) return;
    if (previous && JSON.stringify(previous.settings) === JSON.stringify(settings)) {
      this.#segments[this.#segments.length - 1] = { settings, count: previous.count + count };
    } else this.#segments.push({ settings, count });
  }

  rewind(numDraws: number): void {
    const kept = Math.max(0, Math.min(numDraws, this.numDraws));
    this.#rows.length = this.#keys.length = kept + 1;
    let left = kept;
    this.#segments = this.#segments.flatMap(({ count, settings }) => {
      const now = Math.min(count, left);
      left -= now;
      return now ? [{ settings, count: now }] : [];
    });
    this.#shown = null;
    this.epoch++;
  }

  show(draw: number | null): void {
    this.#shown = draw !== null && draw > 0 && draw < this.numDraws ? draw - 1 : null;
  }

  /** The displayed transition: the last one as it would be with these inputs. */
  transition(values: Values): Transition | null {
    if (!this.numDraws) return null;
    const isLast = this.#shown === null;
    const draw = this.#shown ?? this.numDraws - 1;
    const made = this.#settingsAt(draw);
    const settings = isLast ? settingsOf(values) : made;
    let row = this.#rows[draw] as Numbers;
    const isTarget = this.isCurrent(values);
    if (isLast && !isTarget) {
      const begin = this.module[`start_${values.algorithm}`] as SamplerModule["start_"];
      row = begin(row[POSITION] as number, this.#target(values))[0] as Numbers;
    }
    const replay = this.module[`replay_${values.algorithm}`] as SamplerModule["replay_"];
    const keys = [this.#keys[draw] as Numbers];
    const found = replay([row], keys, 0, settings, this.#target(values));
    const step = lastStep(found);
    return {
      algorithm: String(values.algorithm),
      chain: 0,
      index: draw + 1,
      is_last: draw === this.numDraws - 1,
      is_accepted: step.is_accepted,
      is_divergent: step.is_divergent,
      what_if: isLast && (!isTarget || JSON.stringify(settings) !== JSON.stringify(made)),
      sentence: this.describe({ last_step: step, tree: null }),
      position: Float64Array.from(step.path_position),
      momentum: step.path_momentum && Float64Array.from(step.path_momentum),
      energy: step.path_energy && Float64Array.from(step.path_energy),
      scalars: {
        delta_energy: step.delta_energy ?? Number.NaN,
        acceptance_rate: step.acceptance_rate,
        uniform: step.uniform ?? Number.NaN,
        momentum: step.momentum ?? Number.NaN,
        inverse_mass: settings.inverse_mass_matrix[0] ?? 1,
        step_size: settings.step_size,
      },
      substeps: null,
      tree: null,
      right: null,
    };
  }

  #settingsAt(draw: number): SamplerSettings {
    let end = 0;
    for (const { count, settings } of this.#segments) {
      end += count;
      if (draw < end) return settings;
    }
    throw new RangeError(`no draw ${draw}`);
  }

  /** The draws from `first` on. */
  draws(
    values: Values,
    first: number,
    exact: { mean: number; sd: number } | null,
  ): Omit<Draws, "number" | "running"> {
    const rows = this.#rows.slice(1 + first);
    const column = (index: number) => Float64Array.from(rows, (row) => row[index] as number);
    return {
      seq: null,
      view: null,
      batch: null,
      epoch: this.epoch,
      first,
      numDraws: this.numDraws,
      numChains: 1,
      marks: [],
      draws: [column(POSITION)],
      isDivergent: [column(DIVERGENT)],
      summary: this.#summary(exact),
      warmup: null,
      right: null,
      transition: this.transition(values),
    };
  }

  /** What can be told of the draws without a kernel. */
  #summary(exact: { mean: number; sd: number } | null): Summary {
    const rows = this.#rows.slice(1);
    const n = rows.length;
    const sum = (of: (row: Numbers) => number) => rows.reduce((all, row) => all + of(row), 0);
    const mean = sum((row) => row[POSITION] as number) / n;
    const variance = sum((row) => ((row[POSITION] as number) - mean) ** 2) / (n - 1);
    const known: Partial<Summary> = {
      acceptance_rate: sum((row) => row[ACCEPTANCE] as number) / n,
      num_divergent: sum((row) => row[DIVERGENT] as number),
      mean,
      sd: Math.sqrt(variance),
      exact_mean: exact?.mean ?? Number.NaN,
      exact_sd: exact?.sd ?? Number.NaN,
    };
    const entries = SUMMARY_FIELDS.map((name) => [name, known[name] ?? Number.NaN]);
    return Object.fromEntries(entries) as Summary;
  }
}

/** What happened, cut out of the padded path. */
function lastStep({ info, inside }: Replayed): LastStep {
  const { path, path_energy: energy, delta_energy: delta, uniform } = inside;
  const steps = info.num_integration_steps;
  // MALA's path is the start and the proposal.
  const end = typeof steps === "number" ? steps + 1 : path.position.length;
  const flag = (name: string) => (typeof info[name] === "boolean" ? Boolean(info[name]) : null);
  return {
    momentum: typeof info.momentum === "number" ? info.momentum : null,
    path_position: path.position.slice(0, end),
    path_momentum: path.momentum?.slice(0, end) ?? null,
    path_energy: energy?.slice(0, end) ?? null,
    delta_energy: delta,
    acceptance_rate: Number(info.acceptance_rate),
    uniform,
    is_accepted: flag("is_accepted"),
    is_divergent: flag("is_divergent"),
  };
}
