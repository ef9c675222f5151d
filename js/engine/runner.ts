// Where what takes long is computed: beside the page in a Web Worker, so that the page can paint;
// in the page itself where a host forbids workers.
import type { Summary } from "../state/frame.ts";
import { drawOn, type Lane } from "./lane.ts";
import { type SamplerModule, type SamplerSettings, sourceOf } from "./translated.ts";

type Numbers = readonly number[];

/** What is asked of a worker. */
type Order =
  | { what: "begin"; run: number; lanes: Lane[]; most: number }
  | { what: "draw"; settings: SamplerSettings; budget: number }
  | { what: "judge"; name: `summary_${number}`; columns: Columns; chains: number; draws: number };

/** Positions, acceptance rates, divergences and energies of all draws; padded. */
export type Columns = [Float64Array, Float64Array, Float64Array, Float64Array];

/** Draws of every lane, made with the same settings. */
export interface Drawn {
  run: number;
  settings: SamplerSettings;
  count: number;
  lanes: { records: Float64Array; key: Numbers }[];
}

type Answer = { drawn: Drawn } | { summary: Partial<Summary> } | { error: string };

type Post = (answer: Answer, transfer: ArrayBuffer[]) => void;

/** What a worker does. It refers to nothing outside, since its text is what the worker gets. */
function serve(module: SamplerModule, draw: typeof drawOn, post: Post): (order: Order) => void {
  /** It looks at the clock after pieces of about so many milliseconds. */
  const PIECE = 1;
  let lanes: Lane[] = [];
  let run = 0;
  /** So many draws may still be made. */
  let most = 0;
  let piece = 1;
  const drawFor = (settings: SamplerSettings, budget: number): Drawn => {
    const parts: Float64Array[][] = lanes.map(() => []);
    let count = 0;
    const end = performance.now() + budget;
    for (let now = performance.now(); now < end && most > 0; ) {
      const more = Math.min(piece, most);
      lanes.forEach((lane, i) => {
        parts[i]?.push(draw(module, lane, settings, more));
      });
      count += more;
      most -= more;
      const took = performance.now() - now;
      now += took;
      if (took > PIECE) piece = Math.max(1, piece >> 1);
      else if (2 * took < PIECE) piece *= 2;
    }
    const joined = lanes.map(({ row, key }, i) => {
      const records = new Float64Array(count * row.length);
      let end = 0;
      for (const part of parts[i] ?? []) {
        records.set(part, end);
        end += part.length;
      }
      return { records, key };
    });
    return { run, settings, count, lanes: joined };
  };
  return (order) => {
    try {
      if (order.what === "begin") {
        ({ run, lanes, most } = order);
      } else if (order.what === "draw") {
        const drawn = drawFor(order.settings, order.budget);
        post(
          { drawn },
          drawn.lanes.map(({ records }) => records.buffer as ArrayBuffer),
        );
      } else {
        const judge = module[order.name] as SamplerModule["summary_0"];
        post({ summary: judge(...order.columns, order.chains, order.draws) }, []);
      }
    } catch (error) {
      post({ error: error instanceof Error ? error.message : String(error) }, []);
    }
  };
}

/** Whoever does what is ordered: a worker, or the page. */
class Servant {
  #worker: Worker | null = null;
  #serve: ((order: Order) => void) | null = null;

  constructor(
    private readonly module: SamplerModule,
    private readonly take: (answer: Answer) => void,
    /** There is no worker after all: what was ordered is lost. */
    private readonly lost: () => void,
  ) {
    const source = sourceOf(module);
    if (!source || typeof Worker === "undefined") return;
    const names = Object.keys(module).join();
    const begin = `\nonmessage=(serve=>e=>serve(e.data))((${serve})({${names}},${drawOn},postMessage));`;
    const url = URL.createObjectURL(new Blob([source, begin], { type: "text/javascript" }));
    try {
      const worker = new Worker(url, { type: "module" });
      worker.onmessage = (event: MessageEvent<Answer>) => this.take(event.data);
      worker.onerror = (event) => {
        // A host's rules forbid it, or it has no memory: the page does without.
        event.preventDefault();
        this.dispose();
        this.lost();
      };
      this.#worker = worker;
    } catch {
      // The same, told at once.
    }
    // The worker has begun to load by then.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  /** Whether the page can do something else meanwhile. */
  get isBeside(): boolean {
    return this.#worker !== null;
  }

  order(order: Order, transfer: ArrayBuffer[] = []): void {
    if (this.#worker) {
      this.#worker.postMessage(order, transfer);
      return;
    }
    this.#serve ??= serve(this.module, drawOn, this.take);
    this.#serve(order);
  }

  dispose(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }
}

/** A worker draws for so many milliseconds at a time; the page, so that it stays alive, for fewer. */
const BURST = { beside: 12, page: 6 };

/** So many bursts are on their way, so that a worker need not wait for the page's frames. */
const AHEAD = 2;

/** Draws one chain after the other, always from where the page is. */
export class Runner {
  #servant: Servant | null = null;
  #run = 0;
  #isLost = true;
  #at = { epoch: -1, numDraws: -1 };
  #ahead = 0;
  #drawn: Drawn[] = [];
  #error = "";

  constructor(private readonly module: SamplerModule) {}

  get isBeside(): boolean {
    return this.#servant?.isBeside ?? false;
  }

  /** Whether the next draws follow those of a chain. */
  isAt(epoch: number, numDraws: number): boolean {
    return !this.#isLost && epoch === this.#at.epoch && numDraws === this.#at.numDraws;
  }

  /** @param most draws that there is room for. */
  begin(epoch: number, numDraws: number, lanes: Lane[], most: number): void {
    this.#servant ??= new Servant(this.module, this.#take, () => {
      this.#isLost = true;
    });
    this.#at = { epoch, numDraws };
    this.#isLost = false;
    this.#ahead = 0;
    this.#drawn = [];
    this.#error = "";
    this.#servant.order({ what: "begin", run: ++this.#run, lanes, most });
  }

  /** Has it draw for a while, unless it has enough to do. */
  more(settings: SamplerSettings): void {
    if (this.#ahead >= AHEAD) return;
    this.#ahead++;
    const budget = this.isBeside ? BURST.beside : BURST.page;
    this.#servant?.order({ what: "draw", settings, budget });
  }

  /** What has been drawn since. */
  take(): Drawn[] {
    if (this.#error) throw new Error(this.#error);
    const drawn = this.#drawn.splice(0);
    for (const { count } of drawn) this.#at.numDraws += count;
    return drawn;
  }

  /** Where it was left is forgotten, with what is on its way. */
  stop(): void {
    this.#isLost = true;
  }

  dispose(): void {
    this.stop();
    this.#servant?.dispose();
  }

  readonly #take = (answer: Answer) => {
    if ("error" in answer) {
      this.#error = answer.error;
      this.#isLost = true;
    } else if ("drawn" in answer && answer.drawn.run === this.#run) {
      this.#ahead--;
      this.#drawn.push(answer.drawn);
    }
  };
}

/** Computes diagnostics in a worker, one after the other. */
export class Judge {
  #servant: Servant | null = null;
  #waiting: ((summary: Partial<Summary> | null) => void) | null = null;

  constructor(private readonly module: SamplerModule) {}

  get isBusy(): boolean {
    return this.#waiting !== null;
  }

  /** Whether there can be a worker. */
  get isBeside(): boolean {
    this.#servant ??= new Servant(
      this.module,
      (answer) => this.#tell("summary" in answer ? answer.summary : null),
      () => this.#tell(null),
    );
    return this.#servant.isBeside;
  }

  /** @param found is told the diagnostics; null where the worker could not compute them. */
  judge(
    room: number,
    columns: Columns,
    chains: number,
    draws: number,
    found: (summary: Partial<Summary> | null) => void,
  ): void {
    this.#waiting = found;
    const transfer = columns.map(({ buffer }) => buffer as ArrayBuffer);
    this.#servant?.order(
      { what: "judge", name: `summary_${room}`, columns, chains, draws },
      transfer,
    );
  }

  dispose(): void {
    this.#waiting = null;
    this.#servant?.dispose();
  }

  #tell(summary: Partial<Summary> | null): void {
    const found = this.#waiting;
    this.#waiting = null;
    found?.(summary);
  }
}
