import type { Actions } from "../state/actions.ts";
import type { Draws, Frame, Transition, Values } from "../state/frame.ts";
import type { State } from "../state/state.ts";
import type { Store } from "../state/store.ts";
import type { Sync } from "../state/sync.ts";
import { COPIED, type Pictures, TEXT } from "./copied.ts";
import type { Engine, Replies } from "./engine.ts";
import { createInspector } from "./inspector.ts";

/** Messages are on their way for this long at most, in milliseconds. */
const IN_FLIGHT = 1000;

/** One view's conversation: what panels ask goes to the engine, what it answers into the store. */
export interface Session {
  actions: Actions;
  replies: Replies;
  /** To be called once the newest draws are on the screen. */
  painted(): void;
}

export function createSession(
  store: Store<State>,
  sync: Pick<Sync, "get" | "set" | "save" | "values" | "onChange">,
  engine: () => Engine,
): Session {
  let newest = -1;
  const unpainted: number[] = [];
  let pausedAt = Number.NEGATIVE_INFINITY;
  const inspector = createInspector(store, engine);

  /** A frame and a batch of draws both carry the displayed transition: the newer one's counts. */
  const takeTransition = (number: number, transition: Transition | null): Partial<State> => {
    if (number < newest) return {};
    newest = number;
    const { transition: previous, wanted, running } = store.state;
    // A transition that changes under the hand stays in its sub-step; another one begins whole.
    const isOther = transition?.index !== previous?.index || running;
    return {
      transition,
      ...(isOther && { stage: null, isPlaying: false }),
      ...(transition?.index === wanted && { wanted: null }),
    };
  };

  const takeFrame = (frame: Frame) => {
    const previous = store.state.frame;
    if (previous && frame.number <= previous.number) return;
    store.set({
      // What a frame leaves out is as it was.
      frame: {
        ...frame,
        curve: frame.curve ?? previous?.curve ?? null,
        errors: frame.errors ?? previous?.errors ?? null,
        density: frame.density ?? previous?.density ?? null,
      },
      ...takeTransition(frame.number, frame.transition),
    });
    inspector.follow();
  };

  const takeDraws = (draws: Draws) => {
    const { state } = store;
    if (draws.number <= state.drawsNumber) return;
    if (draws.batch !== null) unpainted.push(draws.batch);
    const complete = state.chain.add(draws);
    store.set({
      drawsNumber: draws.number,
      // Batches that were on their way when Pause was pressed do not undo it.
      running: draws.running && performance.now() - pausedAt > IN_FLIGHT,
      ...takeTransition(draws.number, draws.transition),
    });
    if (!complete) engine().hello();
  };

  const accept = (accepted: Values) => {
    for (const [name, value] of Object.entries(accepted)) sync.set(name, value);
    store.set({ values: { ...store.state.values, ...accepted } });
  };

  for (const name of Object.keys(sync.values())) {
    sync.onChange(name, () => {
      const value = sync.get(name);
      if (!Object.is(value, store.state.values[name])) {
        store.set({ values: { ...store.state.values, [name]: value } });
      }
    });
  }

  const pause = () => {
    pausedAt = performance.now();
    store.set({ running: false });
    engine().sampler("pause");
  };

  /** Before what happens to a chain at rest. */
  const stop = () => {
    if (store.state.running) pause();
    store.set({ wanted: null });
  };

  const alert = (sentence: string | null) =>
    store.set({ alert: sentence === null ? null : { sentence } });

  const change = (wished: Values, settled: boolean) => {
    const locked = Object.keys(wished).filter((name) => store.state.look.lock.includes(name));
    const values = Object.fromEntries(
      Object.entries(wished).filter(([name]) => !locked.includes(name)),
    );
    if (locked.length) {
      // Whoever moved it shows again what it is.
      store.set({ values: { ...store.state.values } });
      if (settled) alert(`${locked.join(" and ")} can be set from Python only: locked here.`);
      if (!Object.keys(values).length) return;
    }
    store.set({ values: { ...store.state.values, ...values }, alert: null });
    for (const [name, value] of Object.entries(values)) sync.set(name, value);
    engine().change(values, settled);
    if (settled) sync.save();
  };

  const isGone = () => store.state.status.state === "gone";

  return {
    actions: {
      ...inspector.actions,
      change: (name, value, settled) => change({ [name]: value }, settled),
      go: (values, settled = true) => change(values, settled),
      alert,
      step() {
        store.set({ wanted: null });
        engine().sampler("step");
      },
      run() {
        pausedAt = Number.NEGATIVE_INFINITY;
        store.set({ wanted: null });
        engine().sampler("run");
        if (!isGone()) store.set({ running: true });
      },
      pause,
      reset(position) {
        store.set({ wanted: null, isPicking: false });
        engine().sampler("reset", position === undefined ? {} : { position });
      },
      back() {
        stop();
        engine().sampler("back", { n: 1 });
      },
      show(draw) {
        stop();
        store.set({ wanted: draw ?? store.state.chain.numDraws });
        engine().show(draw);
      },
      branch(draw) {
        stop();
        engine().sampler("branch", { draw });
      },
      warmup(draws) {
        stop();
        engine().sampler("warmup", { n: draws });
      },
      preset(name) {
        store.set({ preset: name });
        engine().preset(name);
      },
      problem: (name) => engine().problem(name),
      async copy(what) {
        if (sync.get("_alone") !== true) return engine().copy(what);
        const write = COPIED[what];
        if (write) return new Blob([write(store.state, sync)], TEXT);
        // The page that the widget is in knows how to draw it.
        const draw = (sync.get("_pictures") as Pictures | undefined)?.[what];
        return draw ? draw() : engine().copy(what);
      },
    },
    replies: {
      ...inspector.replies,
      frame: takeFrame,
      draws: takeDraws,
      refused(message, accepted, mine) {
        accept(accepted);
        if (mine) store.set({ alert: { sentence: message } });
      },
      status(status) {
        store.set({ status });
        if (isGone()) store.set({ running: false });
      },
    },
    painted() {
      for (const batch of unpainted.splice(0)) engine().painted(batch);
    },
  };
}
