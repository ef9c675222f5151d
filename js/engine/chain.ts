// The page's own chain: what has been drawn with which settings, and what is shown of it.
import type { Chain } from "../state/chain.ts";
import type { Draws, PlaneDraws, Segment, Summary, Transition, Values } from "../state/frame.ts";
import { type Pair, planeOf } from "../state/plane.ts";
import { SUMMARY_FIELDS } from "../state/protocol.ts";
import { toleranceOf } from "./agreement.ts";
import type { Lane } from "./lane.ts";
import { type Columns, type Drawn, Judge } from "./runner.ts";
import { firstRow, type Target, Tracks, targetOf } from "./tracks.ts";
import { pathOf, type Shown, transitionOf } from "./transition.ts";
import type {
  GradientModule,
  SamplerModule,
  SamplerSettings,
  Told,
  ToldVector,
} from "./translated.ts";

/** Draws that a chain is made again with, when its target has changed. */
const REPLAY = 1000;

/** What makes a chain this chain. */
const identityOf = (target: Target) => JSON.stringify(target);

/** One mass for all coordinates is written as one number, or as that number for each. */
const written = ({ inverse_mass_matrix: masses, ...rest }: SamplerSettings) =>
  JSON.stringify([rest, new Set(masses).size === 1 ? masses[0] : masses]);

export const isSame = (one: SamplerSettings, other: SamplerSettings) =>
  written(one) === written(other);

export function settingsOf(values: Values): SamplerSettings {
  const mass = [values.inverse_mass_matrix].flat(2).map(Number);
  return {
    step_size: Number(values.step_size),
    num_integration_steps: Number(values.num_integration_steps),
    inverse_mass_matrix: mass,
  };
}

type Moments = { mean: number; sd: number } | null;

/** Diagnostics of a chain as it was when they were computed. */
interface Judged {
  epoch: number;
  numDraws: number;
  /** Of a vector's the one that is shown. */
  coordinate: number;
  summary: Summary;
  /** Until then they will do, in milliseconds. */
  until: number;
}

/** A transition of a running chain is shown for so many milliseconds. */
const GLANCE = 80;

/** A kernel keeps so many draws of a chain. */
const MOST_DRAWS = 1_000_000;

/** The diagnostics of more draws of all chains are left to a kernel that follows, else to a worker. */
const MOST_JUDGED = 4096;

/** Diagnostics are computed again after so many times the time that they took. */
const PATIENCE = 20;

/** Draws that differ may come from starts that differ: so many of them are looked into. */
const MOST_CHECKED = 20;

const UNKNOWN: Partial<Summary> = {};

/** The draws of every chain in two coordinates, and their moments. */
function inPlane(tracks: Tracks, plane: Pair<number>, first: number): PlaneDraws {
  const both = (from: number) => plane.map((k) => tracks.column(k, from)) as [Column[], Column[]];
  const [across, up] = both(first);
  const of = both(0).map((columns) => {
    const count = columns.length * tracks.numDraws;
    const mean = columns.reduce((sum, column) => column.reduce((a, b) => a + b, sum), 0) / count;
    const squares = columns.reduce(
      (sum, column) => column.reduce((a, b) => a + (b - mean) ** 2, sum),
      0,
    );
    return { mean, sd: Math.sqrt(squares / (count - 1)) };
  });
  return {
    chains: across.map((column, i) => [column, up[i] as Column] as const),
    mean: Float64Array.from(of, ({ mean }) => mean),
    sd: Float64Array.from(of, ({ sd }) => sd),
  };
}

type Column = Float64Array;

export class PageChain {
  #tracks: Tracks | null = null;
  /** The same with the right gradient, where the gradient is scaled; as long as it was asked for. */
  #right: Tracks | null = null;
  #segments: Segment[] = [];
  /** Index of the draw whose transition is shown; null for the last. */
  #shown: number | null = null;
  #running = false;
  #newestShown: Transition | null = null;
  #newestAt = Number.NEGATIVE_INFINITY;
  #judged = new Map<string, Judged>();
  readonly #judge: Judge;
  epoch = 0;

  constructor(
    private readonly module: SamplerModule,
    private readonly gradient: Pick<GradientModule, "known" | "words">,
    /** Whether a kernel makes the same draws. */
    private readonly isFollowed: () => boolean,
    /** Diagnostics that have taken their time are there. */
    private readonly found: () => void,
  ) {
    this.#judge = new Judge(module);
  }

  /** Why a chain is left to the kernel; null where it is not. */
  refusal(values: Values): string | null {
    const { algorithms, precisions } = this.module.known;
    const { algorithm, solver, dtype } = values;
    if (!algorithms.includes(String(algorithm))) {
      return `${String(algorithm).toUpperCase()} was not put into this page`;
    }
    if (!precisions.includes(`${solver}_${dtype}`)) {
      return `the solver “${solver}” in ${dtype} was not put into this page`;
    }
    return null;
  }

  get numDraws(): number {
    return this.#tracks?.numDraws ?? 0;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** The most draws that each chain can have: their diagnostics have no more room in the page. */
  get mostDraws(): number {
    if (this.isFollowed()) return MOST_DRAWS;
    const room = this.module.known.rooms.at(-1) ?? 0;
    return Math.floor(room / (this.#tracks?.numChains ?? 1));
  }

  #target(values: Values): Target {
    return targetOf(values, this.gradient.known.names, this.module);
  }

  /** Whether the chain, if there is one, is that of these inputs. */
  isCurrent(values: Values): boolean {
    return !this.#tracks || identityOf(this.#tracks.target) === identityOf(this.#target(values));
  }

  start(values: Values): void {
    this.#tracks = new Tracks(this.module, this.#target(values));
    this.#right = null;
    this.#segments = [];
    this.#shown = null;
    this.epoch++;
  }

  /** Restarts a chain whose target has changed and replays it; returns whether it did. */
  follow(values: Values): boolean {
    if (this.isCurrent(values)) return false;
    const count = Math.min(this.numDraws, REPLAY);
    this.start(values);
    // With the settings of now, as the kernel does.
    this.advance(values, Math.min(count, this.mostDraws));
    return true;
  }

  /** Appends draws. */
  advance(values: Values, count: number, settings: SamplerSettings = settingsOf(values)): void {
    if (!this.#tracks) this.start(values);
    if (this.numDraws + count > this.mostDraws) this.refuseMore();
    this.#shown = null;
    if (count === 0) return;
    this.#tracks?.advance(count, settings);
    this.#count(count, settings);
  }

  /** Says that no more draws have room. */
  refuseMore(): never {
    throw new Error(
      `The chain has ${this.numDraws.toLocaleString("en")} draws, the most that this page ` +
        "keeps. Press Reset.",
    );
  }

  #count(count: number, settings: SamplerSettings): void {
    const previous = this.#segments.at(-1);
    if (previous && isSame(previous.settings, settings)) {
      this.#segments[this.#segments.length - 1] = { settings, count: previous.count + count };
    } else this.#segments.push({ settings, count });
  }

  /** What a run goes on from: every chain, and the same with the right gradient. */
  lanes(values: Values): Lane[] {
    if (!this.#tracks) this.start(values);
    return [this.#tracks, this.#rightTracks()].flatMap((tracks) => tracks?.lanes() ?? []);
  }

  /** Appends what a run has made of these lanes. */
  add({ lanes, count, settings }: Drawn): void {
    if (!count) return;
    this.#shown = null;
    this.#tracks?.add(lanes.slice(0, this.#tracks.numChains));
    this.#right?.add(lanes.slice(this.#tracks?.numChains));
    this.#count(count, settings);
  }

  rewind(numDraws: number): void {
    const kept = Math.max(0, Math.min(numDraws, this.numDraws));
    this.#tracks?.shorten(kept);
    if (this.#right && this.#right.numDraws > kept) this.#right.shorten(kept);
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

  #settingsAt(draw: number): SamplerSettings {
    let end = 0;
    for (const { count, settings } of this.#segments) {
      end += count;
      if (draw < end) return settings;
    }
    throw new RangeError(`no draw ${draw}`);
  }

  /** One transition computed again: from the start and with the key of a draw, for some target. */
  #replay(draw: number, settings: SamplerSettings, target: Target): Told | ToldVector {
    const tracks = this.#tracks as Tracks;
    const made = tracks.rowAt(0, draw);
    const isTarget = identityOf(target) === identityOf(tracks.target);
    const row = isTarget ? made : firstRow(this.module, target, tracks.position(made));
    const name = `replay_${target.algorithm}_${target.dtype}` as const;
    const replay = this.module[name] as SamplerModule["replay_"];
    return replay([row], [tracks.keyAt(0, draw)], this.module.given(settings), target.params);
  }

  get isVector(): boolean {
    return this.module.known.dim !== null;
  }

  /** Of a vector, the coordinates in which it is told. */
  shown(values: Values): Shown {
    const { direction } = values;
    const coordinate = this.isVector && typeof direction === "number" ? direction : 0;
    return { coordinate, plane: this.isVector ? planeOf(values) : null };
  }

  /** The displayed transition; of a running chain one of a moment ago will do. */
  #newest(values: Values): Transition | null {
    const now = performance.now();
    if (!this.#running || now > this.#newestAt + GLANCE) {
      this.#newestShown = this.transition(values);
      this.#newestAt = now;
    }
    return this.#newestShown;
  }

  /** The displayed transition: the last one as it would be with these inputs. */
  transition(values: Values): Transition | null {
    const tracks = this.#tracks;
    if (!tracks || !this.numDraws) return null;
    const last = this.numDraws - 1;
    const isLast = this.#shown === null;
    const draw = this.#shown ?? last;
    const made = this.#settingsAt(draw);
    const settings = isLast ? settingsOf(values) : made;
    const target = isLast ? this.#target(values) : tracks.target;
    const isWhatIf =
      isLast && (identityOf(target) !== identityOf(tracks.target) || !isSame(settings, made));
    const [solver = 0, scale, ...params] = target.params;
    const right =
      scale === 1
        ? null
        : pathOf(
            this.#replay(draw, settings, { ...target, params: [solver, 1, ...params] }),
            settings,
            this.shown(values),
          );
    return transitionOf(
      this.#replay(draw, settings, target),
      {
        shown: this.shown(values),
        algorithm: target.algorithm,
        draw,
        isLast: draw === last,
        isWhatIf,
        settings,
        right,
        mostSubsteps: this.gradient.known.most_substeps,
      },
      this.gradient.words.describe,
    );
  }

  /** What the right gradient would have drawn: the same seed and settings, draw for draw. */
  #rightTracks(): Tracks | null {
    const tracks = this.#tracks;
    const [solver = 0, scale, ...params] = tracks?.target.params ?? [];
    if (!tracks || scale === 1) return null;
    this.#right ??= new Tracks(this.module, { ...tracks.target, params: [solver, 1, ...params] });
    let end = 0;
    for (const { count, settings } of this.#segments) {
      end += count;
      this.#right.advance(Math.max(0, end - this.#right.numDraws), settings);
    }
    return this.#right;
  }

  /**
   * The draws from `first` on; where diagnostics take their time, with those of a moment ago.
   * @param exact the moments of the density, where they are known.
   * @param running whether more are on their way.
   */
  draws(values: Values, first: number, exact: Moments, running: boolean): Omit<Draws, "number"> {
    this.#running = running;
    const tracks = this.#tracks;
    const right = this.#rightTracks();
    const { coordinate, plane } = this.shown(values);
    return {
      seq: null,
      view: null,
      batch: null,
      epoch: this.epoch,
      first,
      numDraws: this.numDraws,
      numChains: Number(values.num_chains),
      marks: this.#marks(String(values.algorithm)),
      draws: tracks?.column(coordinate, first) ?? [new Float64Array()],
      isDivergent: tracks?.column(tracks.columns.DIVERGENT, first) ?? [],
      plane: plane && tracks && inPlane(tracks, plane, first),
      summary: this.#summary("chain", tracks, exact, coordinate),
      warmup: null,
      right: right && {
        draws: right.column(coordinate, first),
        summary: this.#summary("right", right, exact, coordinate),
      },
      transition: this.#newest(values),
      running,
    };
  }

  /** Where the settings changed. */
  #marks(algorithm: string): Draws["marks"] {
    let end = 0;
    return this.#segments
      .map(({ count, settings }) => {
        const draw = end;
        end += count;
        return { draw, text: this.gradient.words.mark_text(settings, algorithm) };
      })
      .slice(1);
  }

  /** Whether the diagnostics are of the draws that there are. */
  get isJudged(): boolean {
    return [...this.#judged.values()].every((judged) => this.#isOfNow(judged));
  }

  #isOfNow({ epoch, numDraws }: Judged): boolean {
    return epoch === this.epoch && numDraws === this.numDraws;
  }

  /** The next diagnostics are computed, however long that takes. */
  judge(): void {
    for (const judged of this.#judged.values()) judged.until = 0;
  }

  /** The diagnostics are those that a kernel has told, of all or of the first draws. */
  judgedBy(kernel: Chain): void {
    const now = { epoch: this.epoch, numDraws: kernel.numDraws, until: 0, coordinate: 0 };
    const { summary, rightSummary } = kernel;
    if (summary) this.#judged.set("chain", { ...now, summary });
    if (rightSummary) this.#judged.set("right", { ...now, summary: rightSummary });
  }

  #summary(name: string, tracks: Tracks | null, exact: Moments, coordinate: number): Summary {
    const last = this.#judged.get(name);
    const known = last?.coordinate === coordinate ? last : undefined;
    const began = performance.now();
    if (known && (this.#isOfNow(known) || (known.epoch === this.epoch && began < known.until))) {
      return known.summary;
    }
    const isMany = (tracks?.numChains ?? 0) * this.numDraws > MOST_JUDGED;
    // A kernel tells its own soon, and computes them thirty times as fast.
    if (known && (isMany || this.#running) && this.isFollowed()) return known.summary;
    const isBeside = (isMany || this.#running) && this.#judge.isBeside;
    const { epoch, numDraws } = this;
    const take = (found: Partial<Summary>) => {
      const summary = this.#whole(found, exact);
      const now = performance.now();
      const until = now + PATIENCE * (now - began);
      this.#judged.set(name, { epoch, numDraws, coordinate, summary, until });
      return summary;
    };
    const ofBefore = known?.epoch === epoch ? known.summary : this.#whole(UNKNOWN, exact);
    if (isBeside && this.#judge.isBusy) return ofBefore;
    const columns = tracks && numDraws ? this.#columns(tracks, coordinate) : null;
    if (!tracks || !columns) return take(UNKNOWN);
    const room = columns[0].length;
    if (!isBeside) return take(this.#program(room)(...columns, tracks.numChains, numDraws));
    this.#judge.judge(room, columns, tracks.numChains, numDraws, (found) => {
      // A kernel's may have come since.
      if (found && !this.isJudged) take(found);
      this.found();
    });
    return ofBefore;
  }

  #whole(found: Partial<Summary>, exact: Moments): Summary {
    const moments = { exact_mean: exact?.mean, exact_sd: exact?.sd };
    const all: Record<string, number | undefined> = { ...found, ...moments };
    const entries = SUMMARY_FIELDS.map((field) => [field, all[field] ?? Number.NaN]);
    return Object.fromEntries(entries) as Summary;
  }

  #program(room: number): SamplerModule["summary_0"] {
    return this.module[`summary_${room}`] as SamplerModule["summary_0"];
  }

  /** What diagnostics are computed from; null where no program has room for so much. */
  #columns(tracks: Tracks, coordinate: number): Columns | null {
    const [chains, draws] = [tracks.numChains, tracks.numDraws];
    const room = this.module.known.rooms.find((each) => each >= chains * draws);
    if (!room) return null;
    const padded = (index: number) => {
      const all = new Float64Array(room);
      tracks.column(index).forEach((column, chain) => {
        all.set(column, chain * draws);
      });
      return all;
    };
    const { ACCEPTANCE, DIVERGENT, ENERGY } = tracks.columns;
    return [padded(coordinate), padded(ACCEPTANCE), padded(DIVERGENT), padded(ENERGY)];
  }

  dispose(): void {
    this.#judge.dispose();
  }

  // -- a kernel's chain -----------------------------------------------------------------------

  /** Whether two sets of values make the same chain. */
  isOf(one: Values, other: Values): boolean {
    return identityOf(this.#target(one)) === identityOf(this.#target(other));
  }

  /** The segments of the draws from one to another. */
  between(start: number, end: number): Segment[] {
    let from = 0;
    return this.#segments.flatMap(({ count, settings }) => {
      const [low, high] = [Math.max(start, from), Math.min(end, from + count)];
      from += count;
      return low < high ? [{ count: high - low, settings }] : [];
    });
  }

  /** A kernel's chain takes the place of this one; a draw on display that is in both stays there. */
  adopt(values: Values, kernel: Chain, segments: readonly Segment[]): void {
    const shown = this.#shown;
    const before = shown === null ? null : this.#tracks?.positionOf(0, shown);
    this.start(values);
    this.extend(kernel, segments);
    const after = shown === null ? null : this.#tracks?.positionOf(0, shown);
    if (shown !== null && shown < this.numDraws - 1 && after === before) this.#shown = shown;
  }

  /** Appends what a kernel's chain has more than this one. */
  extend(kernel: Chain, segments: readonly Segment[]): void {
    const first = this.numDraws;
    kernel.series.forEach(({ values: draws, divergent }, chain) => {
      const since = divergent.filter((draw) => draw >= first).map((draw) => draw - first);
      this.#tracks?.append(chain, draws.subarray(first, kernel.count), since, kernel.summary);
    });
    this.#segments = segments.map(({ count, settings }) => ({ count, settings }));
    this.#shown = null;
  }

  /**
   * A kernel's draws take the place of some of these, which are the same but for rounding.
   * @returns what is different, in a sentence, where it is more than that.
   */
  replace(kernel: Chain, first: number, end: number): string | null {
    const tracks = this.#tracks;
    if (!tracks) return null;
    let worst: string | null = null;
    kernel.series.slice(0, tracks.numChains).forEach(({ values: theirs }, chain) => {
      let checks = 0;
      for (let draw = first; draw < end; draw++) {
        const [ours, theirsHere] = [tracks.positionOf(chain, draw), theirs[draw] as number];
        if (!this.#isClose(ours, theirsHere) && checks++ < MOST_CHECKED) {
          // From the start that the kernel had? A chain may well lead away from a rounding error.
          const start = draw ? (theirs[draw - 1] as number) : Number(tracks.target.position);
          const again = tracks.once(chain, draw, start, this.#settingsAt(draw));
          if (!this.#isClose(again, theirsHere)) {
            worst ??=
              `The page and the kernel differ at draw ${draw + 1}: it is ${again} in the page ` +
              `and ${theirsHere} in the kernel, from the same start.`;
          }
        }
        tracks.setPosition(chain, draw, theirsHere);
      }
    });
    return worst;
  }

  #isClose(one: number, other: number): boolean {
    if (Object.is(one, other)) return true;
    const tolerance = toleranceOf(this.#tracks?.target.dtype ?? "");
    return Math.abs(one - other) <= tolerance * Math.max(1, Math.abs(other));
  }
}
