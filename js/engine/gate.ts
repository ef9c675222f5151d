/** Time and timers, so that tests have their own. */
export interface Clock {
  now(): number;
  /** Calls back after a while; returns how to call it off. */
  after(milliseconds: number, run: () => void): () => void;
}

export const realClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Two requests are in flight while replies take less than this, else one. */
export const FAST = 30;
/** A request that has not been answered by then frees its place, in milliseconds. */
export const TIME_OUT = 3000;

/**
 * A gate for requests that supersede each other. At most two are on their way, and behind them
 * waits at most one: the latest. So a drag never queues, and always ends on its last value.
 */
export class Gate<Request> {
  #waiting: Request | null = null;
  #inFlight = new Map<number, { sent: number; cancel: () => void }>();
  #slots = 2;

  constructor(
    private readonly options: {
      send(seq: number, request: Request): void;
      /** Sequence numbers, ascending. */
      nextSeq(): number;
      /** Joins a request that has not left yet with a newer one. */
      merge(waiting: Request, newer: Request): Request;
      clock?: Clock;
    },
  ) {}

  get #clock(): Clock {
    return this.options.clock ?? realClock;
  }

  /** Number of requests that are on their way or waiting. */
  get pending(): number {
    return this.#inFlight.size + (this.#waiting === null ? 0 : 1);
  }

  push(request: Request): void {
    this.#waiting = this.#waiting === null ? request : this.options.merge(this.#waiting, request);
    this.#release();
  }

  /**
   * A reply has come: it frees its request and those before it, which it has overtaken.
   * @param took how long the kernel worked on it, in milliseconds, where it says so.
   */
  reply(seq: number, took?: number): void {
    for (const [sent, request] of [...this.#inFlight]) {
      if (sent > seq) continue;
      if (sent === seq) {
        this.#slots = (took ?? this.#clock.now() - request.sent) < FAST ? 2 : 1;
      }
      this.#free(sent);
    }
    this.#release();
  }

  dispose(): void {
    for (const seq of [...this.#inFlight.keys()]) this.#free(seq);
    this.#waiting = null;
  }

  #release(): void {
    while (this.#waiting !== null && this.#inFlight.size < this.#slots) {
      const request = this.#waiting;
      this.#waiting = null;
      const seq = this.options.nextSeq();
      const cancel = this.#clock.after(TIME_OUT, () => {
        this.#free(seq);
        this.#release();
      });
      this.#inFlight.set(seq, { sent: this.#clock.now(), cancel });
      this.options.send(seq, request);
    }
  }

  #free(seq: number): void {
    this.#inFlight.get(seq)?.cancel();
    this.#inFlight.delete(seq);
  }
}
