// What a widget needs of a host, in a page of its own: values by name, and events.

type Callback = () => void;

/** A model without a kernel: it has no `send`, which says so. */
export class SavedModel {
  #values: Map<string, unknown>;
  #listeners = new Map<string, Set<Callback>>();

  constructor(values: Record<string, unknown>) {
    this.#values = new Map(Object.entries(values));
  }

  get = (name: string): unknown => this.#values.get(name);

  set = (name: string, value: unknown): void => {
    if (Object.is(this.#values.get(name), value)) return;
    this.#values.set(name, value);
    for (const event of [`change:${name}`, "change"]) {
      for (const callback of [...(this.#listeners.get(event) ?? [])]) callback();
    }
  };

  save_changes = (): void => {};

  on = (event: string, callback: Callback): void => {
    const known = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, known.add(callback));
  };

  off = (event: string, callback: Callback): void => {
    this.#listeners.get(event)?.delete(callback);
  };
}
