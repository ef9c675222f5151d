import type { Draws, Frame, Values } from "../state/frame.ts";
import type { ErrorMap, Report } from "../state/inspector.ts";
import type { PlanePart } from "../state/plane.ts";
import type { Status } from "../state/state.ts";

/** What the sampler is asked to do; the last two come from the page's own. */
export type SamplerAction =
  | "step"
  | "run"
  | "pause"
  | "reset"
  | "back"
  | "branch"
  | "warmup"
  | "replay"
  | "ahead";

/** What answers a view. The page does not mind where the answer is computed. */
export interface Engine {
  /** Shows what is known already, and asks for the rest. */
  start(): void;
  /** Asks for everything. */
  hello(): void;
  /** Inputs have changed; of changes in quick succession the latest wins. */
  change(values: Values, settled: boolean): void;
  sampler(action: SamplerAction, more?: Values): void;
  /** Shows an earlier draw; of wishes in quick succession the latest wins. */
  show(draw: number | null): void;
  preset(name: string): void;
  /** Another problem takes this one's place; only a kernel has others. */
  problem(name: string): void;
  /** Checks the rule; takes seconds. */
  check(): void;
  /** Inspects over x and a parameter; the latest wish wins. */
  map(parameter: string): void;
  /** Tells what is over two coordinates of a vector, in two parts. */
  plane(): void;
  /** Writes something for the clipboard; rejects with a sentence. */
  copy(what: string): Promise<Blob>;
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
  report(report: Report): void;
  map(map: ErrorMap): void;
  plane(part: PlanePart): void;
  /** Something that was asked for could not be computed. */
  gaveUp(): void;
}
