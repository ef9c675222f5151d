// A host for the widget: a model with events, and a kernel behind it that answers messages.
import type { AnyModel } from "@anywidget/types";
import type { Values } from "../../../js/state/frame.ts";
import { drawsPack, framePack, hmcStep, randomNumbers, SPEC, type Step, VALUES } from "./power.ts";

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
  #transition: Step | null = null;
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

  #sample(message: Message): void {
    if (message.action === "reset") {
      this.#draws = [];
      this.#divergent = [];
      this.#transition = null;
      this.#marks = [];
      this.#running = false;
      this.#epoch++;
      this.#sendDraws(0);
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
      const step = hmcStep(start, this.#draws.length, this.#values, this.#random);
      this.#draws.push(step.isAccepted ? (step.position.at(-1) as number) : start);
      this.#divergent.push(step.isDivergent ? 1 : 0);
      this.#transition = step;
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
    });
    this.model.emit("msg:custom", { type: "draws", batch }, [buffer]);
  }
}
