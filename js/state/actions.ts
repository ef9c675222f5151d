import type { Values } from "./frame.ts";

/** What panels may ask for. */
export interface Actions {
  /** Sets an input; while a drag lasts it is not settled. */
  change(name: string, value: unknown, settled: boolean): void;
  /** Sets several inputs at once; while a drag lasts they are not settled. */
  go(values: Values, settled?: boolean): void;
  /** Shows a sentence on something that was refused. */
  alert(sentence: string | null): void;
  step(): void;
  run(): void;
  pause(): void;
  /** Starts again, from another position if one is given. */
  reset(position?: number): void;
  back(): void;
  /** Shows the transition that led to a draw, counted from 1; null: the last one. */
  show(draw: number | null): void;
  /** Drops the draws after this one, so that the chain goes on from there. */
  branch(draw: number): void;
  /** Tunes the step size and the mass in so many draws. */
  warmup(draws: number): void;
  preset(name: string): void;
  /** Another problem takes this one's place. */
  problem(name: string): void;
  checkRule(): void;
  closeRule(): void;
  /** Shows the map over x and a parameter; null puts it away. */
  showMap(parameter: string | null): void;
  /** Something for the clipboard, by its name; rejects with a sentence. */
  copy(what: string): Promise<Blob>;
}
