import type { Actions } from "../state/actions.ts";
import { mapKey } from "../state/inspector.ts";
import type { State } from "../state/state.ts";
import type { Store } from "../state/store.ts";
import type { Engine, Replies } from "./engine.ts";

/** What takes the kernel a while and is asked for in so many words: the check and the map. */
export interface Inspector {
  actions: Pick<Actions, "checkRule" | "closeRule" | "showMap">;
  replies: Pick<Replies, "report" | "map" | "gaveUp">;
  /** Asks for the map again, if it is shown and a settled frame tells that it is out of date. */
  follow(): void;
}

export function createInspector(store: Store<State>, engine: () => Engine): Inspector {
  const setRule = (patch: Partial<State["rule"]>) =>
    store.set({ rule: { ...store.state.rule, ...patch } });
  const setMap = (patch: Partial<State["map"]>) =>
    store.set({ map: { ...store.state.map, ...patch } });

  const follow = () => {
    const { frame, map, spec } = store.state;
    if (map.parameter === null || !frame?.errors || !frame.settled) return;
    const key = mapKey(frame.values, spec.parameters, map.parameter, frame.errors.x);
    if (key === map.key) return;
    setMap({ key, isPending: true });
    engine().map(map.parameter);
  };

  return {
    actions: {
      checkRule() {
        setRule({ isOpen: true, isPending: true });
        engine().check();
      },
      closeRule: () => setRule({ isOpen: false }),
      showMap(parameter) {
        setMap({ parameter, key: null, isPending: false });
        follow();
      },
    },
    replies: {
      report(report) {
        const { rule } = store.state;
        if (!rule.isPending || report.number < (rule.report?.number ?? -1)) return;
        setRule({ report, isPending: false });
      },
      map(found) {
        const { map, spec } = store.state;
        if (found.parameter !== map.parameter || found.number < (map.found?.number ?? -1)) return;
        const key = mapKey(found.values, spec.parameters, found.parameter, found.x);
        setMap({ found, isPending: key !== map.key });
      },
      gaveUp() {
        setRule({ isPending: false });
        setMap({ isPending: false });
      },
    },
    follow,
  };
}
