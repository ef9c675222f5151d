import type { AnyModel } from "@anywidget/types";
import type { Values } from "./frame.ts";
import { SETTINGS } from "./protocol.ts";
import type { Look, Spec } from "./state.ts";

/** Traits that decide on the look. */
export const LOOK = ["view", "controls", "lock", "projector"];

export type Message = Record<string, unknown>;

/**
 * The widget's model, for what all hosts have in common: callbacks' arguments are ignored, one key
 * is set at a time, and what a host lacks or refuses is survived.
 */
export interface Sync {
  spec(): Spec;
  /** All inputs by name. */
  values(): Values;
  /** What whoever made the widget decided of its look. */
  look(): Look;
  get(name: string): unknown;
  /** Sets an input in this page only. */
  set(name: string, value: unknown): void;
  /** Hands what was set to the kernel. */
  save(): void;
  /** Throws when there is nobody to send to. */
  send(message: Message): void;
  onMessage(callback: (message: Message, buffers: readonly unknown[]) => void): void;
  onChange(name: string, callback: () => void): void;
  /** Removes all listeners. */
  dispose(): void;
}

export function createSync(model: AnyModel): Sync {
  const removals: (() => void)[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: hosts differ in the arguments they pass
  const on = (event: string, callback: (...args: any[]) => void) => {
    let live = true;
    const guarded: typeof callback = (...args) => {
      if (live) callback(...args);
    };
    model.on(event, guarded);
    removals.push(() => {
      live = false;
      attempt(() => model.off(event, guarded));
    });
  };
  const spec = () => model.get("_spec") as Spec;
  return {
    spec,
    values() {
      const { parameters, x, point } = spec();
      const line = point ? [point.name, "direction"] : [];
      if (point && point.dim > 1) line.push("plane");
      const names = [...parameters.map(({ name }) => name), x.name, ...line, ...SETTINGS];
      return Object.fromEntries(names.map((name) => [name, model.get(name)]));
    },
    look() {
      const [view, controls, lock, projector] = LOOK.map((name) => model.get(name));
      return {
        view: view === "gradient" || view === "sampler" ? view : "all",
        controls: Array.isArray(controls) ? controls.map(String) : null,
        lock: Array.isArray(lock) ? lock.map(String) : [],
        projector: projector === true,
      };
    },
    get: (name) => model.get(name),
    set: (name, value) => attempt(() => model.set(name, value)),
    save: () => attempt(() => model.save_changes()),
    send(message) {
      if (typeof model.send !== "function") throw new Error("this page has no kernel");
      model.send(message);
    },
    onMessage: (callback) =>
      on("msg:custom", (message: Message, buffers?: readonly unknown[]) =>
        callback(message ?? {}, buffers ?? []),
      ),
    onChange: (name, callback) => on(`change:${name}`, () => callback()),
    dispose() {
      for (const remove of removals.splice(0)) remove();
    },
  };
}

/** Hosts without a kernel lack these or throw; the page goes on with what it has. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // The status tells that there is no kernel: sending and its time-out find out.
  }
}
