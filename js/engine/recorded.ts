// The engine of a page of a problem that cannot be translated: it shows what Python has recorded
// (widget/_recorded.py), the nearest of it, and says so. Such a page brings it along.
import {
  type Draws,
  type Frame,
  readDraws,
  readFrame,
  type Summary,
  type Values,
} from "../state/frame.ts";
import { readPlane } from "../state/plane.ts";
import { SUMMARY_FIELDS } from "../state/protocol.ts";
import type { Sync } from "../state/sync.ts";
import type { Engine, Replies } from "./engine.ts";

/** What was recorded; whole numbers are those of the packed parts. */
interface Records {
  /** Why the page does not compute. */
  why: string;
  /** All inputs as they were. */
  values: Values;
  /** Where on the curves points are. */
  along: readonly number[];
  /** Curves for the parameters as they were, and then with one of them changed. */
  lines: readonly { params: Record<string, number>; range: number; points: readonly number[] }[];
  chain: number | null;
  planes: readonly number[];
  /** Where each part ends. */
  ends: readonly number[];
}

async function unpacked(packed: string, ends: readonly number[]): Promise<Uint8Array[]> {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const whole = new Uint8Array(await new Response(stream).arrayBuffer());
  return ends.map((end, i) => whole.subarray(ends[i - 1] ?? 0, end));
}

const nearest = (all: readonly number[], wished: number): number =>
  all.reduce(
    (best, each, i) =>
      Math.abs(each - wished) < Math.abs((all[best] as number) - wished) ? i : best,
    0,
  );

export function createEngine(
  sync: Sync,
  replies: Replies,
  records: Records,
  packed: string,
): Engine {
  const { x, parameters } = sync.spec();
  const [base] = records.lines;
  const parts = unpacked(packed, records.ends);
  const sentence =
    `The values of this page were recorded in Python, since ${records.why}. ` +
    "What was not recorded needs a kernel: open the notebook that it comes from.";
  let line = 0;
  let number = 0;
  let epoch = 0;
  let chainOf: number | null = null;
  let disposed = false;

  /** The line that is nearest to the parameters, of which one was changed last. */
  const lineFor = (values: Values, changed: Values): number => {
    const name = parameters.find(
      (each) => each.name in changed && Number(changed[each.name]) !== base?.params[each.name],
    )?.name;
    const isReset = parameters.some((each) => each.name in changed);
    if (name === undefined) return isReset ? 0 : line;
    const log = parameters.find((each) => each.name === name)?.log;
    const scaled = (value: number) => (log ? Math.log(value) : value);
    const along = records.lines.map(({ params }, i) => {
      const isOther = parameters.some(
        (each) => each.name !== name && params[each.name] !== base?.params[each.name],
      );
      return isOther && i ? Number.POSITIVE_INFINITY : scaled(params[name] as number);
    });
    return nearest(along, scaled(Number(values[name])));
  };

  const refuse = () => replies.refused(sentence, {}, true);

  const show = async (changed: Values, settled: boolean): Promise<void> => {
    const wished = sync.values();
    line = lineFor(wished, changed);
    const point = nearest(records.along, Number(wished[x.name]));
    const found = records.lines[line];
    const accepted = { ...records.values, ...found?.params, [x.name]: records.along[point] };
    const isOther = Object.keys(changed).some(
      (name) => name !== x.name && !parameters.some((each) => each.name === name),
    );
    replies.refused(isOther ? sentence : "", accepted, isOther);
    const all = await parts;
    if (disposed) return;
    const frame = readFrame(all[found?.points[point] ?? 0]);
    const over = readFrame(all[found?.range ?? 0]);
    if (!frame || !over) return;
    const { headline } = frame;
    const shown: Frame = {
      ...frame,
      curve: over.curve,
      errors: over.errors,
      density: over.density,
      number: ++number,
      settled,
      values: sync.values(),
      headline: { ...headline, judgement: `${headline.judgement} (recorded)` },
      transition: line ? null : (chain(all)?.transition ?? null),
    };
    replies.frame(shown);
    if (chainOf !== line) tellChain(all);
  };

  const chain = (all: readonly Uint8Array[]): Draws | null =>
    records.chain === null ? null : readDraws(all[records.chain]);

  /** The chain so far belongs to the parameters as they were. */
  const tellChain = (all: readonly Uint8Array[]): void => {
    chainOf = line;
    const found = chain(all);
    if (!found) return;
    const none = Object.fromEntries(SUMMARY_FIELDS.map((name) => [name, Number.NaN])) as Summary;
    const told: Draws = line
      ? {
          ...found,
          numDraws: 0,
          marks: [],
          draws: found.draws.map(() => new Float64Array()),
          isDivergent: [],
          summary: none,
          plane: null,
          right: null,
          transition: null,
        }
      : found;
    replies.draws({ ...told, epoch: ++epoch, batch: null, running: false, number: ++number });
  };

  const again = async () => tellChain(await parts);

  return {
    start() {
      replies.status({
        engine: "recorded",
        state: "live",
        text: "values that Python has computed",
        detail: sentence,
        cannot: {
          warmup: records.why,
          check: records.why,
          copy: { script: sentence },
          locked: sentence,
        },
      });
      const changed = Object.fromEntries(parameters.map(({ name }) => [name, sync.get(name)]));
      void show(changed, true);
    },
    hello: () => void show({}, true),
    change: (_, settled) => void show(_, settled),
    sampler() {
      refuse();
      void again();
    },
    show() {
      refuse();
      void again();
    },
    preset: refuse,
    problem: refuse,
    check() {
      replies.gaveUp();
      refuse();
    },
    map() {
      replies.gaveUp();
      refuse();
    },
    async plane() {
      if (line) return replies.gaveUp();
      const names = parameters.map(({ name }) => name);
      for (const part of records.planes) {
        const found = readPlane((await parts)[part], names);
        if (found) replies.plane({ ...found, number: ++number });
      }
    },
    copy: async () => {
      throw new Error(sentence);
    },
    painted() {},
    dispose() {
      disposed = true;
    },
  };
}
