// A host for the widget: a model with events, and a kernel behind it that answers messages.
import type { AnyModel } from "@anywidget/types";
import type { Values } from "../../../js/state/frame.ts";
import { mapPack, reportPack } from "./inspector.ts";
import {
  drawsPack,
  framePack,
  hmcStep,
  malaStep,
  nutsStep,
  randomNumbers,
  SPEC,
  type Step,
  VALUES,
} from "./power.ts";

type Callback = (...args: unknown[]) => void;
// biome-ignore lint/suspicious/noExplicitAny: a message is any JSON
type Message = any;

/** What anywidget hands to a front end: values by name, events, messages to the kernel. */
export class Model {
  #values: Record<string, unknown>;
  #listeners = new Map<string, Set<Callback>>();
  sent: Message[] = [];
  saved: string[] = [];
  #dirty = new Set<string>();
  onSend: ((message: Message) => void) | null = null;

  constructor(values: Record<string, unknown>) {
    this.#values = { ...values };
  }

  get = (name: string) => this.#values[name];

  set = (name: string, value: unknown) => {
    const changed = !Object.is(this.#values[name], value);
    this.#values[name] = value;
    this.#dirty.add(name);
    if (changed) this.emit(`change:${name}`);
  };

  save_changes = () => {
    this.saved.push(...this.#dirty);
    this.#dirty.clear();
  };

  on = (event: string, callback: Callback) => {
    if (!this.#listeners.has(event)) this.#listeners.set(event, new Set());
    this.#listeners.get(event)?.add(callback);
  };

  off = (event: string, callback: Callback) => {
    this.#listeners.get(event)?.delete(callback);
  };

  send = (message: Message) => {
    this.sent.push(message);
    this.onSend?.(message);
  };

  emit(event: string, ...args: unknown[]): void {
    for (const callback of [...(this.#listeners.get(event) ?? [])]) callback(...args);
  }

  get numListeners(): number {
    return [...this.#listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }

  asAnyModel(): AnyModel {
    return this as unknown as AnyModel;
  }
}

export function createModel(values: Values = {}, more: Record<string, unknown> = {}): Model {
  return new Model({
    ...VALUES,
    ...values,
    controls: "simple",
    _spec: SPEC,
    _frame: framePack({ ...VALUES, ...values }, { number: 1 }),
    _chain: new DataView(new ArrayBuffer(0)),
    _status: { engine: "kernel", state: "live", text: "live" },
    ...more,
  });
}

/** Answers as the kernel does: frames for changes, draws for steps, credit while running. */
export class Kernel {
  #number = 1;
  #values: Values;
  #draws: number[] = [];
  #divergent: number[] = [];
  #steps: Step[] = [];
  /** Number of the draw that is shown; null: the last one. */
  #shown: number | null = null;
  #rightDraws: number[] = [];
  #warmup: NonNullable<Parameters<typeof drawsPack>[3]["warmup"]> | null = null;
  #random = randomNumbers(7);
  #running = false;
  #credit = 2;
  #batch = 0;
  #epoch = 0;
  #marks: { draw: number; text: string }[] = [];

  constructor(
    private readonly model: Model,
    private readonly delay = 5,
  ) {
    this.#values = Object.fromEntries(Object.keys(VALUES).map((name) => [name, model.get(name)]));
    model.onSend = (message) => setTimeout(() => this.#answer(message), this.delay);
  }

  #answer(message: Message): void {
    if (message.type === "hello") this.#sendDraws(0);
    if (message.type === "change") this.#change(message);
    if (message.type === "preset") {
      const values = { p: 3, x: 0.18, solver: "bfgs" };
      for (const [name, value] of Object.entries(values)) this.model.set(name, value);
      Object.assign(this.#values, values);
      this.#sendFrame(message);
    }
    if (message.type === "sampler") this.#sample(message);
    if (message.type === "check") {
      const report = reportPack(this.#values, { number: ++this.#number });
      this.model.emit("msg:custom", { type: "check" }, [report]);
    }
    if (message.type === "map") {
      const map = mapPack(this.#values, message.parameter, { number: ++this.#number });
      this.model.emit("msg:custom", { type: "map" }, [map]);
    }
    if (message.type === "ack") {
      this.#credit = Math.min(2, this.#credit + 1);
      this.#run();
    }
  }

  #change(message: Message): void {
    if ((message.values.p ?? 2) <= 1) {
      this.model.emit("msg:custom", {
        type: "error",
        view: message.view,
        seq: message.seq,
        names: ["p"],
        message: "p must be a finite number greater than 1.",
        accepted: { p: this.#values.p },
      });
      return;
    }
    if ("step_size" in message.values && this.#draws.length) {
      const text = `step size ${message.values.step_size}`;
      this.#marks.push({ draw: this.#draws.length, text });
    }
    Object.assign(this.#values, message.values);
    this.#sendFrame(message);
  }

  get #transition(): Step | null {
    const step = this.#steps.at(this.#shown === null ? -1 : this.#shown - 1);
    return step ? { ...step, isLast: this.#shown === null } : null;
  }

  /** Keeps the first draws. */
  #rewind(count: number): void {
    for (const list of [this.#draws, this.#divergent, this.#steps, this.#rightDraws]) {
      list.length = Math.min(list.length, Math.max(0, count));
    }
    this.#shown = null;
    this.#sendDraws(this.#draws.length);
  }

  #sample(message: Message): void {
    if (message.action === "reset") {
      if (message.position !== undefined) {
        this.model.set("initial_position", message.position);
        this.#values.initial_position = message.position;
      }
      this.#marks = [];
      this.#running = false;
      this.#epoch++;
      this.#rewind(0);
    }
    if (message.action === "back") this.#rewind(this.#draws.length - message.n);
    if (message.action === "branch") this.#rewind(message.draw);
    if (message.action === "show") {
      this.#shown = message.draw;
      this.#sendDraws(this.#draws.length);
    }
    if (message.action === "warmup") {
      const draws = Array.from({ length: message.n }, () => 2 * this.#random() - 1);
      this.#warmup = { step_size: 0.91, inverse_mass_matrix: [0.57], draws };
      this.#sendDraws(this.#draws.length);
    }
    if (message.action === "step") {
      const first = this.#draws.length;
      this.#advance(1);
      this.#sendDraws(first);
      this.#sendFrame(message);
    }
    if (message.action === "run") {
      this.#running = true;
      this.#credit = 2;
      this.#run();
    }
    if (message.action === "pause") {
      this.#running = false;
      this.#sendDraws(this.#draws.length);
    }
  }

  #run(): void {
    while (this.#running && this.#credit > 0) {
      this.#credit--;
      const first = this.#draws.length;
      this.#advance(25);
      this.#sendDraws(first, ++this.#batch);
    }
  }

  /** Makes draws without telling. */
  #advance(count: number): void {
    for (let i = 0; i < count; i++) {
      const start = this.#draws.at(-1) ?? (this.#values.initial_position as number);
      const make = { nuts: nutsStep, mala: malaStep }[String(this.#values.algorithm)] ?? hmcStep;
      const step = make(start, this.#draws.length + 1, this.#values, this.#random);
      if (this.#values.gradient_scale !== 1) {
        step.right = make(start, step.index, { ...this.#values, gradient_scale: 1 }, this.#random);
      }
      const end = step.position.at(step.tree?.selected ?? -1) as number;
      this.#draws.push(step.isAccepted === false ? start : end);
      this.#rightDraws.push(end);
      this.#divergent.push(step.isDivergent ? 1 : 0);
      this.#steps.push(step);
      this.#shown = null;
    }
  }

  #sendFrame({ seq, view, settled }: Message): void {
    const buffer = framePack(this.#values, {
      number: ++this.#number,
      seq,
      view,
      settled,
      transition: this.#transition,
    });
    this.model.emit("msg:custom", { type: "frame", seq, view }, [buffer]);
  }

  #sendDraws(first: number, batch: number | null = null): void {
    const count = this.#draws.length;
    const mean = this.#draws.reduce((sum, x) => sum + x, 0) / count;
    const variance = this.#draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count;
    const divergent = this.#divergent.reduce((sum, n) => sum + n, 0);
    const summary = count
      ? {
          acceptance_rate: 0.98,
          num_divergent: divergent,
          ess: count > 10 ? count * 0.9 : Number.NaN,
          rhat: count > 10 ? 1.001 : Number.NaN,
          mean,
          sd: Math.sqrt(variance),
          exact_mean: 0,
          exact_sd: 0.7527,
          ess_tail: count > 10 ? count * 0.8 : Number.NaN,
          ebfmi: count > 10 ? 0.98 : Number.NaN,
        }
      : {};
    const buffer = drawsPack([this.#draws.slice(first)], [this.#divergent.slice(first)], summary, {
      number: ++this.#number,
      first,
      epoch: this.#epoch,
      running: this.#running,
      batch,
      transition: this.#transition,
      marks: this.#marks,
      warmup: this.#warmup,
      ...(this.#values.gradient_scale !== 1 && {
        right: { draws: [this.#rightDraws.slice(first)], summary: { ...summary, sd: 0.75 } },
      }),
    });
    this.model.emit("msg:custom", { type: "draws", batch }, [buffer]);
  }
}
