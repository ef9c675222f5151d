/** Calls back with the state and what has changed in it since the last call. */
export type Listener<State> = (state: State, changed: ReadonlySet<keyof State>) => void;

/** Runs a function soon, once; returns how to call it off. */
export type Schedule = (run: () => void) => () => void;

/** State that never leaves the page; changes are gathered and told once a frame. */
export class Store<State extends object> {
  #state: State;
  #changed = new Set<keyof State>();
  #listeners = new Set<Listener<State>>();
  #cancel: (() => void) | null = null;

  constructor(
    initial: State,
    private readonly schedule: Schedule,
  ) {
    this.#state = initial;
  }

  get state(): State {
    return this.#state;
  }

  set(patch: Partial<State>): void {
    for (const key of Object.keys(patch) as (keyof State)[]) {
      if (!Object.is(this.#state[key], patch[key])) this.#changed.add(key);
    }
    if (!this.#changed.size) return;
    this.#state = { ...this.#state, ...patch };
    this.#cancel ??= this.schedule(() => this.flush());
  }

  /** Tells the changes now. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = null;
    const changed = this.#changed;
    this.#changed = new Set();
    for (const listener of this.#listeners) listener(this.#state, changed);
  }

  subscribe(listener: Listener<State>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  dispose(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#listeners.clear();
  }
}
