import type { Clock } from "../../../js/engine/gate.ts";

/** Time that passes only when told to. */
export class TestClock implements Clock {
  #time = 0;
  #timers: { at: number; run: () => void }[] = [];

  now = () => this.#time;

  after = (milliseconds: number, run: () => void) => {
    const timer = { at: this.#time + milliseconds, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  advance(milliseconds: number): void {
    const end = this.#time + milliseconds;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#time = Math.max(this.#time, due.at);
      due.run();
    }
    this.#time = end;
  }

  get numTimers(): number {
    return this.#timers.length;
  }
}
