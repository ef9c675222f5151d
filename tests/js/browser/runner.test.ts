// A run beside the page: the worker draws what the page would, and the page does where there is none.
import { afterEach, describe, expect, it, vi } from "vitest";
import { drawOn, type Lane } from "../../../js/engine/lane.ts";
import { Judge, Runner } from "../../../js/engine/runner.ts";
import { load, type SamplerModule } from "../../../js/engine/translated.ts";

/** Each draw is half of the one before and its key; a negative step size is a fault. */
const SOURCE = `
export const known = {batch: 4, rooms: [8]};
export const given = (settings) => settings;
export function advance_hmc_float64(rows, keys, settings, params, count) {
  if (settings.step_size < 0) throw new Error("no such step size");
  const [row, key] = [[...rows[0]], [...keys[0]]];
  const found = [[], []];
  for (let i = 0; i < count; i++) {
    row[0] = row[0] / 2 + key[0] * settings.step_size + params[0];
    key[0]++;
    found[0].push([...row]);
    found[1].push([...key]);
  }
  return [[found[0]], [found[1]]];
}
export const summary_8 = (draws, rates, divergent, energies, chains, count) =>
  ({mean: draws.reduce((sum, x) => sum + x) / (chains * count)});
`;
const SETTINGS = { step_size: 0.25, num_integration_steps: 5, inverse_mass_matrix: [1] };

async function compressed(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const loaded = async () => (await load<SamplerModule>(await compressed(SOURCE))) as SamplerModule;

const laneAt = (row: number[], key: number[]): Lane => ({
  program: "advance_hmc_float64",
  params: [0.5],
  row,
  key,
});
const lanes = () => [laneAt([1, 0], [0]), laneAt([2, 0], [7])];

/** Draws of every lane, asked for until there are as many as wanted. */
async function run(runner: Runner, wanted: number, settings = SETTINGS): Promise<number[][]> {
  const found: number[][] = [[], []];
  while ((found[0]?.length ?? 0) < 2 * wanted) {
    runner.more(settings);
    await new Promise(requestAnimationFrame);
    for (const drawn of runner.take()) {
      drawn.lanes.forEach(({ records }, i) => {
        found[i]?.push(...records);
      });
    }
  }
  return found;
}

describe.each(["a worker", "the page"])("in %s", (where) => {
  const create = async () => {
    if (where === "the page") vi.stubGlobal("Worker", undefined);
    return new Runner(await loaded());
  };
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("every lane goes on as it would by itself, and no further than there is room", async () => {
    const runner = await create();
    runner.begin(1, 0, lanes(), 10_000);
    expect(runner.isBeside).toBe(where === "a worker");
    const found = await run(runner, 10_000);
    const module = await loaded();
    lanes().forEach((lane, i) => {
      expect(found[i]).toEqual(Array.from(drawOn(module, lane, SETTINGS, 10_000)));
    });
    expect(runner.isAt(1, 10_000)).toBe(true);
    runner.more(SETTINGS);
    await new Promise((done) => setTimeout(done, 50));
    expect(runner.take().every(({ count }) => count === 0)).toBe(true);
    runner.dispose();
  });

  it("what was on its way is forgotten by whoever begins anew", async () => {
    const runner = await create();
    runner.begin(1, 0, lanes(), 1000);
    runner.more(SETTINGS);
    runner.stop();
    expect(runner.isAt(1, 0)).toBe(false);
    runner.begin(1, 5, [laneAt([8, 0], [0]), laneAt([8, 0], [0])], 1000);
    const [first] = await run(runner, 1);
    expect(first?.[0]).toBe(4.5);
    runner.dispose();
  });

  it("a fault is told to whoever takes", async () => {
    const runner = await create();
    runner.begin(1, 0, lanes(), 1000);
    await expect(run(runner, 1, { ...SETTINGS, step_size: -1 })).rejects.toThrow("no such step");
    expect(runner.isAt(1, 0)).toBe(false);
    runner.dispose();
  });
});

describe("a worker that cannot be had", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("is done without, and nothing is lost", async () => {
    class Forbidden extends EventTarget {
      onerror: ((event: Event) => void) | null = null;
      constructor() {
        super();
        setTimeout(() => this.onerror?.(new Event("error")));
      }
      postMessage() {}
      terminate() {}
    }
    vi.stubGlobal("Worker", Forbidden);
    const runner = new Runner(await loaded());
    runner.begin(1, 0, lanes(), 1000);
    runner.more(SETTINGS);
    await new Promise((done) => setTimeout(done, 20));
    expect(runner.isAt(1, 0)).toBe(false); // whoever looks begins again, in the page
    runner.begin(1, 0, lanes(), 1000);
    expect(runner.isBeside).toBe(false);
    expect((await run(runner, 1000))[0]).toHaveLength(2000);
  });
});

describe("diagnostics", () => {
  it("are computed in a worker", async () => {
    const judge = new Judge(await loaded());
    expect(judge.isBeside).toBe(true);
    const column = () => Float64Array.of(1, 2, 3, 6, 0, 0, 0, 0);
    const found = await new Promise((done) =>
      judge.judge(8, [column(), column(), column(), column()], 2, 2, done),
    );
    expect(found).toEqual({ mean: 3 });
    expect(judge.isBusy).toBe(false);
    judge.dispose();
  });
});
