import type { Draws, Frame, Values } from "../state/frame.ts";
import type { Status } from "../state/state.ts";

/** What answers a view. The page does not mind where the answer is computed. */
export interface Engine {
  /** Shows what is known already, and asks for the rest. */
  start(): void;
  /** Asks for everything. */
  hello(): void;
  /** Inputs have changed; of changes in quick succession the latest wins. */
  change(values: Values, settled: boolean): void;
  sampler(action: "step" | "run" | "pause" | "reset"): void;
  preset(name: string): void;
  /** A batch of draws has been painted: another one may come. */
  painted(batch: number): void;
  dispose(): void;
}

/** How an engine answers. */
export interface Replies {
  frame(frame: Frame): void;
  draws(draws: Draws): void;
  /** Inputs were refused: what is accepted instead, and why in a sentence. */
  refused(message: string, accepted: Values, mine: boolean): void;
  status(status: Status): void;
}
