import type { Actions } from "../state/actions.ts";
import { mapKey } from "../state/inspector.ts";
import { planeKey, planeOf } from "../state/plane.ts";
import type { State } from "../state/state.ts";
import type { Store } from "../state/store.ts";
import type { Engine, Replies } from "./engine.ts";

/** What takes the kernel a while and is asked for in so many words: the check and the map. */
export interface Inspector {
  actions: Pick<Actions, "checkRule" | "closeRule" | "showMap">;
  replies: Pick<Replies, "report" | "map" | "plane" | "gaveUp">;
  /** Asks for the map and the plane again where a settled frame tells that they are out of date. */
  follow(): void;
}

export function createInspector(store: Store<State>, engine: () => Engine): Inspector {
  /** The point outside of the field for which it was asked for last. */
  let askedBeyond = "";
  const setRule = (patch: Partial<State["rule"]>) =>
    store.set({ rule: { ...store.state.rule, ...patch } });
  const setMap = (patch: Partial<State["map"]>) =>
    store.set({ map: { ...store.state.map, ...patch } });

  /** A point outside of the field's range has it computed anew, wide enough. */
  const outside = (): string => {
    const { frame, plane } = store.state;
    const { field } = plane;
    const at = (frame && planeOf(frame.values))?.map((k) => frame?.position[k] as number);
    if (!field || !at || field.key !== plane.key) return "";
    const isInside = (axis: Float64Array, value: number | undefined) =>
      value === undefined || (value >= (axis[0] ?? 0) && value <= (axis.at(-1) ?? 0));
    return isInside(field.across, at[0]) && isInside(field.up, at[1]) ? "" : String(at);
  };

  const followPlane = () => {
    const { frame, plane, spec } = store.state;
    if (!frame || !planeOf(frame.values)) return;
    const names = spec.parameters.map(({ name }) => name);
    const key = planeKey(frame.values, frame.position, names);
    if (!frame.settled) {
      // In the middle of a drag what is known is out of date, and nothing newer is asked for.
      if (key !== plane.key && plane.key) store.set({ plane: { ...plane, key: null } });
      return;
    }
    const beyond = outside();
    if (key === plane.key && (beyond === "" || beyond === askedBeyond)) return;
    askedBeyond = beyond;
    store.set({ plane: { ...plane, key, hasFailed: false } });
    engine().plane();
  };

  const follow = () => {
    followPlane();
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
      plane({ key, plane: coordinates, field, density }) {
        const { plane } = store.state;
        const more = { key, plane: coordinates };
        store.set({
          plane: {
            ...plane,
            ...(field && { field: { ...field, ...more } }),
            ...(density && { density: { ...density, ...more } }),
          },
        });
      },
      gaveUp() {
        setRule({ isPending: false });
        setMap({ isPending: false });
        store.set({ plane: { ...store.state.plane, hasFailed: true } });
      },
    },
    follow,
  };
}
