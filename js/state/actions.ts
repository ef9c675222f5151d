/** What panels may ask for. */
export interface Actions {
  /** Sets an input; while a drag lasts it is not settled. */
  change(name: string, value: unknown, settled: boolean): void;
  /** Shows a sentence on something that was refused. */
  alert(sentence: string | null): void;
  step(): void;
  run(): void;
  pause(): void;
  reset(): void;
  preset(name: string): void;
}
