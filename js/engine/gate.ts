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
/** A request that has not been answered by then is sent again, in milliseconds. */
export const TIME_OUT = 3000;
/** How often; then it only frees its place. */
export const RETRIES = 2;

/**
 * A gate for requests that supersede each other. At most two are on their way, and behind them
 * waits at most one: the latest. So a drag never queues, and always ends on its last value.
 * What is not answered was lost, or is held up behind a busy cell (JupyterLab sends what a view
 * asks in its first moments to the main shell, later to one that cells do not block): it is
 * merged with all that is newer and sent again. Whoever answers drops what arrives late.
 */
export class Gate<Request> {
  #waiting: Request | null = null;
  #attempts = 0;
  #inFlight = new Map<number, { sent: number; request: Request; cancel: () => void }>();
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
    this.#attempts = 0;
    this.#wait(request);
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

  #wait(newer: Request): void {
    this.#waiting = this.#waiting === null ? newer : this.options.merge(this.#waiting, newer);
  }

  #again(): void {
    const newest = this.#waiting;
    const unanswered = [...this.#inFlight];
    this.dispose();
    if (newest !== null || this.#attempts < RETRIES) {
      for (const [, { request }] of unanswered) this.#wait(request);
      if (newest === null) this.#attempts++;
      else this.#wait(newest);
    }
    this.#release();
  }

  #release(): void {
    while (this.#waiting !== null && this.#inFlight.size < this.#slots) {
      const request = this.#waiting;
      this.#waiting = null;
      const seq = this.options.nextSeq();
      const cancel = this.#clock.after(TIME_OUT, () => this.#again());
      this.#inFlight.set(seq, { sent: this.#clock.now(), request, cancel });
      this.options.send(seq, request);
    }
  }

  #free(seq: number): void {
    this.#inFlight.get(seq)?.cancel();
    this.#inFlight.delete(seq);
  }
}
