import { expect, test, vi } from "vitest";
import { createModel, Kernel } from "../support/host.ts";
import { mount, painted, until } from "../support/mount.ts";
import { drawsPack, hmcStep, randomNumbers, VALUES } from "../support/power.ts";

/** Milliseconds of work in each animation frame while something runs. */
async function workPerFrame(run: () => Promise<void>): Promise<number[]> {
  const work = new Map<number, number>();
  const original = window.requestAnimationFrame;
  window.requestAnimationFrame = (callback) =>
    original((time) => {
      const began = performance.now();
      callback(time);
      work.set(time, (work.get(time) ?? 0) + performance.now() - began);
    });
  try {
    await run();
  } finally {
    window.requestAnimationFrame = original;
  }
  return [...work.values()].sort((a, b) => a - b);
}

/** Calls of the canvas in each of which something is drawn, while something runs. */
async function strokesPerFrame(
  frames: number,
  run: (frames: number) => Promise<void>,
): Promise<number> {
  const { prototype } = CanvasRenderingContext2D;
  const methods = ["lineTo", "moveTo", "arc", "rect", "fillRect", "fill", "stroke"] as const;
  let calls = 0;
  const spies = methods.map((method) => {
    const original = prototype[method] as (...args: unknown[]) => void;
    return vi.spyOn(prototype, method).mockImplementation(function (
      this: CanvasRenderingContext2D,
      ...args: unknown[]
    ) {
      calls++;
      original.apply(this, args);
    });
  });
  await run(frames);
  for (const spy of spies) spy.mockRestore();
  return calls / frames;
}

const quantile = (sorted: number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;

const summary = { acceptance_rate: 0.98, ess: 900, ess_tail: 800, rhat: 1, ebfmi: 1, mean: 0 };

test.each([1, 4, 16])(
  "with %i chains of 100,000 draws a frame costs hardly more than with 1,000",
  { timeout: 60_000 },
  async (chains) => {
    const model = createModel();
    new Kernel(model, 2);
    const { root } = mount(model);
    await painted(root, 2);
    const random = randomNumbers(1);
    const noise = Float64Array.from({ length: 10_000 }, () => 2 * random() - 1);
    const transition = hmcStep(1, 1, VALUES, random);
    let number = 10;
    let first = 0;
    const send = (count: number) => {
      const values = Array.from({ length: chains }, () => noise.subarray(0, count));
      const isDivergent = values.map((chain) => chain.map((_, i) => Number(i % 5000 === 0)));
      const extra = { number: ++number, first, epoch: 9, running: true, batch: number, transition };
      const buffer = drawsPack(values, isDivergent, summary, extra);
      first += count;
      model.emit("msg:custom", { type: "draws" }, [buffer]);
      return painted(root, number);
    };
    const frames = async (count = 20) => {
      for (let i = 0; i < count; i++) await send(100);
    };
    await send(1000);
    const few = await workPerFrame(frames);
    const strokes = { few: await strokesPerFrame(5, frames), many: 0 };
    while (first < 97_500) await send(Math.min(10_000, 97_500 - first));
    const many = await workPerFrame(frames);
    strokes.many = await strokesPerFrame(5, frames);
    await until(() => root.querySelector(".gw-figure b")?.textContent === "100,000", "all draws");
    // The frames that drew a batch; the others only waited for it.
    const [before, after] = [few, many].map((work) => work.slice(-20)) as [number[], number[]];
    const told = (work: number[]) =>
      `${quantile(work, 0.5).toFixed(1)} ms (p95 ${quantile(work, 0.95).toFixed(1)})`;
    console.info(
      `work per frame, ${chains} chains: ${told(before)} with 1,000 draws, ` +
        `${told(after)} with 100,000`,
    );
    // Times are told, not judged: what else this machine does is in them. What is drawn is not.
    expect(strokes.many).toBeLessThan(1.5 * strokes.few);
    expect(strokes.many).toBeLessThan(25_000);
  },
);
