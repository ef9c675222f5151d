// The sampler of the page: it draws at once, and where there is a kernel lets that follow.
//
// The page has a chain of its own. What it has drawn it sends to the kernel as segments: how many
// draws with which settings, from where. The kernel makes the same draws and tells them, and its
// draws take the place of the page's. Whatever else happens to the kernel's chain (a cell, another
// view) is taken over whole. So views hear of draws from here only, and the kernel is right.
import { Chain } from "../state/chain.ts";
import type { Draws, Replayed, Segment, Transition, Values } from "../state/frame.ts";
import type { Sync } from "../state/sync.ts";
import { PageChain, settingsOf } from "./chain.ts";
import type { Replies, SamplerAction } from "./engine.ts";
import { Runner } from "./runner.ts";
import type { GradientModule, SamplerModule } from "./translated.ts";

/** The diagnostics that were put off are computed after a rest of so many milliseconds. */
const LATER = 100;

/** So many draws are handed to the kernel at a time: as many as it makes in about the time of TURN. */
const MOST_SENT = { least: 1000, first: 5000, most: 50_000 };
/** Between two turns a kernel can do other things, in milliseconds. */
const TURN = 150;

/**
 * While a chain runs, the kernel waits for so many times the time of its last turn: where the
 * processors are few it would take that of whoever paints. It catches up once the chain rests.
 */
const GIVING_WAY = (globalThis.navigator?.hardwareConcurrency ?? 1) > 4 ? 0 : 4;

/** What the page asks of a kernel. */
export interface Link {
  /** Hands over draws to be made again. */
  replay(wish: Wish): void;
  /** Tells whether wishes will follow that whoever asks for draws should wait for. */
  ahead(isAhead: boolean): void;
  /** The kernel's draws are not all here. */
  hello(): void;
}

/** Keep the first draws of a chain, and go on with these segments. */
export interface Wish {
  /** Numbers the wishes of a view. */
  wish: number;
  /** The kernel's chain as it is known here: if it has changed, the wish is refused. */
  base: { epoch: number | null; num_draws: number };
  start: number;
  segments: readonly Segment[];
  /** Whether this is all that the page has. */
  is_last: boolean;
}

export interface SamplerHost {
  sync: Pick<Sync, "get" | "set" | "values">;
  replies: Pick<Replies, "draws" | "refused">;
  /** Sets inputs as if the reader had. */
  change(values: Values): void;
  nextNumber(): number;
  /** The status may have changed. */
  told(): void;
  /** Null where there is no kernel. */
  link: Link | null;
  /** Whether a kernel answers. */
  isFollowed(): boolean;
  view: string;
}

type Moments = { mean: number; sd: number };

export class PageSampler {
  readonly #chain: PageChain;
  #running = false;
  /** The frame that a running chain waits for; 0 for none. */
  #pending = 0;
  readonly #runner: Runner;
  #disposed = false;
  #later: ReturnType<typeof setTimeout> | undefined;
  #shown = "";
  #moments: { key: string; found: Moments | null } = { key: "", found: null };

  /** The kernel's chain, as far as it has told it, and of which values it is. */
  #kernel = new Chain();
  #kernelValues: Values | null = null;
  #kernelSegments: readonly Segment[] = [];
  #kernelKnown = false;
  /** The kernel's chain that ours goes on from: epoch null where that is not known. */
  #base: { epoch: number | null; num_draws: number } = { epoch: null, num_draws: 0 };
  /** So many of our first draws are the kernel's. */
  #agreed = 0;
  /** Whether what we have is what the reader wished, though the kernel may have something else. */
  #isOwn = false;
  #wish = 0;
  #inFlight: { wish: number; end: number; sent: number } | null = null;
  #mostSent = MOST_SENT.first;
  /** The kernel is left alone until then. */
  #givingWay = 0;
  /** Whether the kernel waits for wishes to follow. */
  #isAwaited = false;
  /** The fewest draws there have been since the wish that is on its way was sent. */
  #fewest = Number.POSITIVE_INFINITY;
  /** The first draw that is another than views have been told. */
  #changed = Number.POSITIVE_INFINITY;

  constructor(
    private readonly gradient: GradientModule,
    module: SamplerModule,
    private readonly host: SamplerHost,
  ) {
    this.#chain = new PageChain(module, gradient, host.isFollowed, () => {
      if (!this.#running && !this.#disposed) this.#tell(this.#chain.numDraws);
    });
    this.#runner = new Runner(module);
  }

  /** Why the sampler is left to the kernel; null where it is not. */
  refusal(): string | null {
    return this.#chain.refusal(this.#values);
  }

  get #values(): Values {
    return this.host.sync.values();
  }

  /** Draws that the kernel has not made yet. */
  get ahead(): number {
    return this.host.link ? this.#chain.numDraws - this.#agreed : 0;
  }

  transition(): Transition | null {
    return this.#chain.transition(this.#values);
  }

  // -- what the reader asks for ---------------------------------------------------------------

  do(action: SamplerAction, more: Values): void {
    const values = this.#values;
    this.#follow();
    const first = this.#chain.numDraws;
    if (action !== "run") this.rest();
    if (action === "step") this.#chain.advance(values, 1);
    else if (action === "back") this.#rewind(first - Number(more.n ?? 1));
    else if (action === "branch") this.#rewind(Number(more.draw));
    else if (action === "run") {
      this.#running = true;
      // One that was paused a moment ago still waits for its frame.
      if (!this.#pending) this.#pending = requestAnimationFrame(this.#burst);
      return;
    } else if (action === "reset") {
      if (more.position !== undefined) this.host.change({ initial_position: more.position });
      this.#follow();
      this.#rewind(0);
    }
    this.#isOwn = true;
    this.#tell(action === "step" ? first : 0);
    this.#handOver();
  }

  show(draw: number | null): void {
    this.#chain.show(draw);
    this.#tell(this.#chain.numDraws);
  }

  /** A chain that came with the page is made again. */
  restore(segments: readonly Segment[]): void {
    if (!segments.length) return;
    for (const { count, settings } of segments) {
      this.#chain.advance(this.#values, count, settings);
    }
    this.#tell(0);
  }

  /** The hand is still: the chain of a changed target starts again. */
  settle(): void {
    if (!this.#chain.numDraws) return;
    if (this.#follow()) {
      this.#tell(0);
      this.#handOver();
    } else if (this.#shown !== this.#shownNow) this.#tell(0);
  }

  /** The coordinates of a vector in which draws are told. */
  get #shownNow(): string {
    return JSON.stringify(this.#chain.shown(this.#values));
  }

  /** Tells everything. */
  tellAll(): void {
    this.#tell(0);
  }

  dispose(): void {
    this.#disposed = true;
    this.#running = false;
    cancelAnimationFrame(this.#pending);
    clearTimeout(this.#later);
    this.#chain.dispose();
    this.#runner.dispose();
  }

  readonly #burst = () => {
    this.#pending = 0;
    if (!this.#running || this.#disposed) return;
    const chain = this.#chain;
    let first = chain.numDraws;
    try {
      if (this.#follow()) first = 0;
      this.#draw();
    } catch (error) {
      this.rest();
      this.host.replies.refused(String(error instanceof Error ? error.message : error), {}, true);
    }
    if (this.#running) {
      // The next frame is for painting, and thirty pictures a second are as good as sixty.
      this.#pending = requestAnimationFrame(() => {
        this.#pending = requestAnimationFrame(this.#burst);
      });
      if (chain.numDraws === first) return;
    }
    this.#isOwn = true;
    this.#tell(first);
    this.#handOver();
  };

  /** Takes what has been drawn, and has more drawn. */
  #draw(): void {
    const [chain, runner, values] = [this.#chain, this.#runner, this.#values];
    if (chain.numDraws >= chain.mostDraws) chain.refuseMore();
    if (!runner.isAt(chain.epoch, chain.numDraws)) {
      const lanes = chain.lanes(values);
      runner.begin(chain.epoch, chain.numDraws, lanes, chain.mostDraws - chain.numDraws);
    }
    runner.more(settingsOf(values));
    for (const drawn of runner.take()) chain.add(drawn);
  }

  #follow(): boolean {
    if (!this.#chain.follow(this.#values)) return false;
    this.#restarted();
    this.#isOwn = true;
    return true;
  }

  /** Nothing of what we have is known to be the kernel's. */
  #restarted(): void {
    this.#base = { epoch: null, num_draws: 0 };
    this.#agreed = this.#fewest = 0;
  }

  #rewind(numDraws: number): void {
    this.#chain.rewind(numDraws);
    this.#agreed = Math.min(this.#agreed, this.#chain.numDraws);
    this.#fewest = Math.min(this.#fewest, this.#chain.numDraws);
  }

  // -- what views are told --------------------------------------------------------------------

  #tell(first: number): void {
    const { host } = this;
    this.#shown = this.#shownNow;
    const begin = Math.min(first, this.#chain.numDraws);
    const draws = this.#chain.draws(this.#values, begin, this.#exact(), this.#running);
    const warmup = this.#kernel.warmup;
    host.replies.draws({ ...draws, warmup, number: host.nextNumber() });
    if (!host.link) host.sync.set("_segments", [...this.#chain.segments]);
    clearTimeout(this.#later);
    if (this.#running || this.#chain.isJudged) return;
    this.#later = setTimeout(() => {
      this.#chain.judge();
      this.#tell(this.#chain.numDraws);
    }, LATER);
  }

  #exact(): Moments | null {
    const { gradient, host } = this;
    // Of a vector's slice: its draws do not follow it.
    if (this.#chain.isVector) return null;
    const params = gradient.known.names.map((name) => Number(host.sync.get(name)));
    const key = JSON.stringify(params);
    if (key !== this.#moments.key) this.#moments = { key, found: gradient.density(...params) };
    return this.#moments.found;
  }

  // -- the kernel -----------------------------------------------------------------------------

  /**
   * The kernel has told draws.
   * @param isOurs whether the sampler is the page's at present, or only takes notice.
   */
  take(draws: Draws, isOurs: boolean): void {
    if (!this.#kernel.add(draws)) {
      this.host.link?.hello();
      return;
    }
    this.#kernelKnown = true;
    this.#kernelValues = draws.values ?? null;
    this.#kernelSegments = draws.segments ?? [];
    if (isOurs) this.#reconcile(draws.replayed ?? null);
  }

  #reconcile(answer: Replayed | null): void {
    const chain = this.#chain;
    const kernel = this.#kernel;
    if (this.#inFlight) {
      const { wish, end, sent } = this.#inFlight;
      if (answer?.view !== this.host.view || answer.wish < wish) return;
      this.#inFlight = null;
      this.#keepTime(performance.now() - sent);
      if (answer.is_done && this.#base.epoch !== null) {
        // What was sent and has not been taken back since is the kernel's now.
        this.#base = { epoch: kernel.epoch, num_draws: kernel.numDraws };
        this.#replace(this.#agreed, Math.min(end, this.#fewest, kernel.numDraws));
      }
    }
    if (!this.#isComparable()) return;
    const { epoch, num_draws } = this.#base;
    if (epoch !== kernel.epoch || num_draws !== kernel.numDraws) {
      this.#base = { epoch: kernel.epoch, num_draws: kernel.numDraws };
      const isWhole = this.#agreed === chain.numDraws && this.#agreed === num_draws;
      if (epoch === kernel.epoch && isWhole && kernel.numDraws > num_draws) this.#extend();
      else if (epoch !== null || !this.#isOwn) this.#adopt();
      else this.#replace(0, Math.min(kernel.numDraws, chain.numDraws));
    }
    if (this.#agreed === kernel.numDraws) chain.judgedBy(kernel);
    if (!this.#running) {
      this.#tell(this.#changed);
      this.#changed = Number.POSITIVE_INFINITY;
    }
    this.#handOver();
    this.host.told();
  }

  /** Whether the kernel's chain is of the values of now. */
  #isComparable(): boolean {
    return this.#kernelValues !== null && this.#chain.isOf(this.#values, this.#kernelValues);
  }

  /** The kernel's draws take the place of ours. */
  #replace(first: number, end: number): void {
    const difference = this.#chain.replace(this.#kernel, first, end);
    this.#agreed = Math.max(first, end);
    this.#changed = Math.min(this.#changed, first);
    if (difference) this.host.replies.refused(difference, {}, true);
  }

  /** The kernel's chain takes the place of ours. */
  #adopt(): void {
    this.#isOwn = false;
    this.#chain.adopt(this.#values, this.#kernel, this.#kernelSegments);
    this.#agreed = this.#chain.numDraws;
    this.#changed = 0;
  }

  /** Somebody else has let the kernel's chain go on. */
  #extend(): void {
    this.#changed = Math.min(this.#changed, this.#agreed);
    this.#chain.extend(this.#kernel, this.#kernelSegments);
    this.#agreed = this.#chain.numDraws;
  }

  /** It runs no more; what is on its way is forgotten. */
  rest(): void {
    this.#running = false;
    this.#runner.stop();
  }

  /** The page's sampler takes over from the kernel's. */
  activate(): void {
    this.#restarted();
    this.#isOwn = false;
    if (this.#kernelKnown) this.#reconcile(null);
  }

  /** Sends what the kernel does not have; one wish is on its way at a time. */
  #handOver(): void {
    const chain = this.#chain;
    if (!this.host.link) return;
    if (this.#running && performance.now() < this.#givingWay) return;
    const isWhole = this.#agreed === chain.numDraws && this.#agreed === this.#base.num_draws;
    if (this.#inFlight) {
      this.#announce(!this.#running && this.#inFlight.end !== chain.numDraws);
    } else if (!this.#kernelKnown) {
      // A kernel that has no chain yet tells of none.
      if (chain.numDraws) this.#send(0);
    } else if (this.#base.epoch === null) {
      if (this.#isComparable()) this.#reconcile(null);
      else this.#announce(!this.#running && chain.numDraws > 0);
    } else if (!isWhole) this.#send(this.#agreed);
    else this.#announce(false);
  }

  /** @param took the kernel's last turn, in milliseconds. */
  #keepTime(took: number): void {
    const factor = took < TURN / 2 ? 2 : took > 2 * TURN ? 0.5 : 1;
    const wished = Math.round(this.#mostSent * factor);
    this.#mostSent = Math.max(MOST_SENT.least, Math.min(MOST_SENT.most, wished));
    this.#givingWay = performance.now() + GIVING_WAY * took;
  }

  #announce(isAhead: boolean): void {
    if (isAhead === this.#isAwaited) return;
    this.#isAwaited = isAhead;
    this.host.link?.ahead(isAhead);
  }

  #send(start: number): void {
    const end = Math.min(this.#chain.numDraws, start + this.#mostSent);
    const wish = ++this.#wish;
    this.#inFlight = { wish, end, sent: performance.now() };
    this.#fewest = Number.POSITIVE_INFINITY;
    const segments = this.#chain.between(start, end);
    const isLast = !this.#running && end === this.#chain.numDraws;
    if (isLast) this.#isAwaited = false;
    else this.#announce(!this.#running);
    this.host.link?.replay({ wish, base: this.#base, start, segments, is_last: isLast });
    this.host.told();
  }
}
