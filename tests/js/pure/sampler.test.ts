// The page's sampler and a kernel's chain: who goes ahead, who is right, and what is told.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { PageSampler, type Wish } from "../../../js/engine/sampler.ts";
import type { GradientModule, SamplerModule } from "../../../js/engine/translated.ts";
import { Chain } from "../../../js/state/chain.ts";
import type { Draws, Segment, Values } from "../../../js/state/frame.ts";

/** A chain that can be followed by eye: each draw adds the step size to half of the one before. */
function fakeModule(error = 0): SamplerModule {
  const step = (row: readonly number[], size: number) => [
    0.5 * (row[0] as number) + size + error, 0, 0, 1, 1, 0, 0, 5,
  ]; // biome-ignore format: a row
  return {
    known: {
      dim: null,
      algorithms: ["hmc"],
      batch: 64,
      rooms: [1024],
      solvers: ["safeguarded"],
      precisions: ["safeguarded_float64"],
    },
    given: (settings: unknown) => settings,
    initial_keys: (seed: number) => [[seed, 0], [[seed, 1]]],
    following_keys: (key: readonly number[], count: number) =>
      Array.from({ length: count }, (_, i) => [key[0], (key[1] as number) + i + 1]),
    start_hmc_float64: (position: number, target: readonly number[]) => [
      [position, -(target[2] as number), 0, ...Array(5).fill(Number.NaN)],
    ],
    advance_hmc_float64: (
      [row]: readonly (readonly number[])[],
      [key]: readonly (readonly number[])[],
      settings: { step_size: number },
      _target: readonly number[],
      count: number,
    ) => {
      const rows: number[][] = [];
      const keys: number[][] = [];
      for (let i = 0; i < count; i++) {
        rows.push(step(rows.at(-1) ?? (row as number[]), settings.step_size));
        keys.push([key?.[0] as number, (key?.[1] as number) + i + 1]);
      }
      return [[rows], [keys]];
    },
    replay_hmc_float64: ([row]: readonly (readonly number[])[]) => ({
      momentum: 1,
      path_position: [row?.[0], 0],
      path_momentum: [1, 1],
      path_energy: [0, 0],
      num_points: 2,
      delta_energy: 0,
      acceptance_rate: 1,
      uniform: 0.5,
      is_accepted: true,
      is_divergent: false,
      substeps: null,
      tree: null,
    }),
    summary_1024: () => ({ ess: 1 }),
  } as unknown as SamplerModule;
}

const gradient = {
  known: { names: ["p"], most_substeps: 201 },
  words: { describe: () => "a transition", mark_text: () => "a mark" },
  density: () => ({ mean: 0, sd: 1 }),
} as unknown as GradientModule;

/** What the kernel would draw: the same, but for a rounding error that tells them apart. */
const ROUNDING = 1e-13;

function setUp(error = 0) {
  const values: Values = {
    p: 3,
    solver: "safeguarded",
    dtype: "float64",
    algorithm: "hmc",
    step_size: 0.25,
    num_integration_steps: 5,
    inverse_mass_matrix: 1,
    initial_position: 1,
    seed: 0,
    num_chains: 1,
    gradient_scale: 1,
  };
  const wishes: Wish[] = [];
  const alerts: string[] = [];
  const notices: boolean[] = [];
  const shown = new Chain();
  let number = 0;
  const sampler = new PageSampler(gradient, fakeModule(error), {
    sync: {
      get: (name) => values[name],
      set: (name, value) => {
        values[name] = value;
      },
      values: () => ({ ...values }),
    },
    replies: {
      draws: (draws) => shown.add(draws),
      refused: (message) => alerts.push(message),
    },
    change: (changed) => Object.assign(values, changed),
    nextNumber: () => ++number,
    told: () => {},
    isFollowed: () => true,
    link: {
      replay: (wish) => wishes.push(structuredClone(wish)),
      ahead: (isAhead) => notices.push(isAhead),
      hello: () => {},
    },
    view: "me",
  });

  // A kernel of our own.
  const kernel = { epoch: 1, positions: [] as number[], segments: [] as Segment[] };
  const extend = (count: number, settings: Segment["settings"]) => {
    for (let i = 0; i < count; i++) {
      const last = kernel.positions.at(-1) ?? Number(values.initial_position);
      kernel.positions.push(0.5 * last + settings.step_size + ROUNDING);
    }
    if (count) kernel.segments.push({ count, settings });
  };
  const tell = (replayed: Draws["replayed"] = null) => {
    sampler.take(
      {
        number: ++number,
        seq: null,
        view: null,
        epoch: kernel.epoch,
        first: 0,
        numDraws: kernel.positions.length,
        numChains: 1,
        running: false,
        batch: null,
        marks: [],
        draws: [Float64Array.from(kernel.positions)],
        isDivergent: [],
        summary: { acceptance_rate: 1, num_divergent: 0, ess: 7 } as Draws["summary"],
        values: { ...values },
        segments: kernel.segments,
        replayed,
        warmup: null,
        right: null,
        transition: null,
      },
      true,
    );
  };
  /** The kernel does what is asked, if the chain is the one that was meant. */
  const answer = (wish: Wish) => {
    const { base, start, segments } = wish;
    const isDone =
      base.num_draws === kernel.positions.length &&
      (base.epoch === null || base.epoch === kernel.epoch);
    if (isDone) {
      if (start < kernel.positions.length) {
        kernel.positions.length = start;
        kernel.epoch++;
        let left = start;
        kernel.segments = kernel.segments.flatMap(({ count, settings }) => {
          const kept = Math.min(count, left);
          left -= kept;
          return kept ? [{ count: kept, settings }] : [];
        });
      }
      for (const { count, settings } of segments) extend(count, settings);
    }
    tell({ view: "me", wish: wish.wish, is_done: isDone });
  };
  const positions = () => Array.from(shown.series[0]?.values.subarray(0, shown.count) ?? []);
  return {
    sampler,
    values,
    wishes,
    notices,
    alerts,
    shown,
    kernel,
    extend,
    tell,
    answer,
    positions,
  };
}

describe("the page's sampler with a kernel", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    return () => vi.useRealTimers();
  });

  it("draws at once, and the kernel's draws take the place of its own", () => {
    const { sampler, wishes, kernel, answer, positions, alerts, shown } = setUp();
    sampler.do("step", {});
    expect(positions()).toEqual([0.75]);
    expect(wishes).toHaveLength(1);
    expect(sampler.ahead).toBe(1);
    answer(wishes[0] as Wish);
    expect(positions()).toEqual([0.75 + ROUNDING]);
    expect(positions()).toEqual(kernel.positions);
    expect(sampler.ahead).toBe(0);
    expect(shown.summary?.ess).toBe(7);
    expect(alerts).toEqual([]);
    // The next draw starts from the kernel's state.
    sampler.do("step", {});
    expect(positions()[1]).toBe(0.5 * (0.75 + ROUNDING) + 0.25);
  });

  it("goes on while the kernel is busy, and hands over what it has drawn since", () => {
    const { sampler, wishes, notices, kernel, answer, positions, values } = setUp();
    sampler.do("step", {});
    expect(wishes[0]?.is_last).toBe(true);
    sampler.do("step", {});
    expect(notices).toEqual([true]);
    values.step_size = 0.5;
    sampler.do("step", {});
    expect(wishes).toHaveLength(1);
    expect(sampler.ahead).toBe(3);
    answer(wishes[0] as Wish);
    expect(wishes).toHaveLength(2);
    expect(wishes[1]).toMatchObject({ base: { epoch: 1, num_draws: 1 }, start: 1 });
    expect(wishes[1]?.is_last).toBe(true);
    expect(wishes[1]?.segments.map(({ count }) => count)).toEqual([1, 1]);
    answer(wishes[1] as Wish);
    expect(positions()).toEqual(kernel.positions);
    expect(kernel.positions).toHaveLength(3);
    expect(wishes).toHaveLength(2);
    expect(notices).toEqual([true]);
  });

  it("takes draws back that the kernel has, or is about to make", () => {
    const { sampler, wishes, kernel, answer, positions } = setUp();
    for (let i = 0; i < 3; i++) sampler.do("step", {});
    answer(wishes[0] as Wish);
    // Two more are on their way; one of them is taken back.
    sampler.do("back", { n: 1 });
    answer(wishes[1] as Wish);
    expect(positions()).toHaveLength(2);
    expect(wishes[2]).toMatchObject({ start: 2, segments: [] });
    answer(wishes[2] as Wish);
    expect(kernel.positions).toHaveLength(2);
    expect(positions()).toEqual(kernel.positions);
    sampler.do("reset", {});
    answer(wishes[3] as Wish);
    expect(kernel.positions).toHaveLength(0);
    expect(positions()).toHaveLength(0);
  });

  it("takes over what somebody else has drawn", () => {
    const { sampler, wishes, extend, tell, kernel, positions, answer, shown } = setUp();
    const settings = { step_size: 0.1, num_integration_steps: 5, inverse_mass_matrix: [1] };
    extend(5, settings);
    tell();
    expect(positions()).toEqual(kernel.positions);
    const { epoch } = shown;
    extend(3, { ...settings, step_size: 0.2 });
    tell();
    expect(positions()).toEqual(kernel.positions);
    expect(shown.epoch).toBe(epoch); // the earlier ones were not told again
    sampler.do("step", {});
    expect(positions()).toHaveLength(9);
    // A cell draws in the meantime: the wish is refused, and the kernel's chain is right.
    extend(2, settings);
    answer(wishes[0] as Wish);
    expect(positions()).toEqual(kernel.positions);
    expect(positions()).toHaveLength(10);
    expect(sampler.ahead).toBe(0);
  });

  it("keeps what it has drawn when the target changes and the kernel follows", () => {
    const { sampler, wishes, notices, values, kernel, extend, positions, answer } = setUp();
    sampler.do("step", {});
    sampler.do("step", {});
    answer(wishes[0] as Wish);
    values.p = 2;
    sampler.settle();
    expect(positions()).toHaveLength(2);
    expect(notices.at(-1)).toBe(true);
    // The kernel has not made the second: it restarts with one, refuses the old wish, and is told.
    kernel.epoch++;
    kernel.positions = [];
    kernel.segments = [];
    extend(1, wishes[0]?.segments[0]?.settings as Segment["settings"]);
    answer(wishes[1] as Wish);
    answer(wishes[2] as Wish);
    expect(kernel.positions).toHaveLength(2);
    expect(positions()).toEqual(kernel.positions);
  });

  it("finds its way back when nothing has changed in the end", () => {
    const { sampler, wishes, values, kernel, positions, answer } = setUp();
    sampler.do("step", {});
    answer(wishes[0] as Wish);
    values.p = 2;
    sampler.settle();
    values.p = 3;
    sampler.settle();
    sampler.do("step", {});
    expect(wishes).toHaveLength(2);
    answer(wishes[1] as Wish);
    expect(positions()).toEqual(kernel.positions);
    expect(kernel.positions).toHaveLength(2);
  });

  it("tells an alert when the kernel draws something else", () => {
    const { sampler, wishes, answer, alerts, positions, kernel } = setUp(1e-6);
    sampler.do("step", {});
    answer(wishes[0] as Wish);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatch(/^The page and the kernel differ at draw 1: /);
    expect(positions()).toEqual(kernel.positions);
  });
});
