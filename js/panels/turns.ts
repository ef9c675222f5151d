import type { State } from "../state/state.ts";
import type { Panel } from "./view.ts";

type Keys = ReadonlySet<keyof State>;

/** Whose turn it is to be brought up to date, and with what they have not been told yet. */
export class Turns {
  /** Those that wait, the longest first. */
  readonly #waiting = new Map<Panel, Keys>();

  constructor(private readonly panels: readonly Panel[]) {}

  /**
   * @param isRunning whether a chain runs: those that show one transition then take turns.
   * @returns the panels of this painting, each with what has changed for it.
   */
  next(isRunning: boolean, changed: ReadonlySet<keyof State>): (readonly [Panel, Keys])[] {
    const due: (readonly [Panel, Keys])[] = [];
    for (const panel of this.panels) {
      const untold = this.#waiting.get(panel);
      const keys = untold ? new Set([...untold, ...changed]) : changed;
      if (isRunning && panel.inTurns) this.#waiting.set(panel, keys);
      else due.push([panel, keys]);
    }
    if (!isRunning) this.#waiting.clear();
    for (const [panel, keys] of this.#waiting) {
      this.#waiting.delete(panel);
      return [...due, [panel, keys]];
    }
    return due;
  }
}
