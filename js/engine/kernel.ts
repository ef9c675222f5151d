import { readDraws, readFrame, type Values } from "../state/frame.ts";
import { readMap, readReport } from "../state/inspector.ts";
import { readPlane } from "../state/plane.ts";
import { CHECK, COPY, DRAWS, FRAME, MAP, PLANE } from "../state/protocol.ts";
import type { Status } from "../state/state.ts";
import type { Message, Sync } from "../state/sync.ts";
import { TEXT } from "./copied.ts";
import type { Engine, Replies } from "./engine.ts";
import { type Clock, Gate, realClock } from "./gate.ts";

/** Silence for this long after a question means that no kernel answers, in milliseconds. */
export const PATIENCE = 5000;
/** A kernel that said it compiles is given more. */
export const PATIENCE_COMPILING = 120_000;

interface Change {
  values: Values;
  settled: boolean;
}

/** A picture may take some seconds. */
const PATIENCE_COPY = 60_000;

const LAST_STATE = "what you see is the last computed state";

const status = (state: Status["state"], text: string, detail: string): Status => ({
  engine: "kernel",
  state,
  text,
  detail,
});

const LIVE = status(
  "live",
  "live",
  "The kernel computes every change with jitted JAX and answers at once.",
);
const CONNECTING = status("connecting", "connecting", "Waiting for the kernel's first answer.");
const GONE = status(
  "gone",
  `no kernel: ${LAST_STATE}`,
  "Messages cannot be sent: the kernel was restarted or this page has none. Run the cell again.",
);
const SILENT = status(
  "gone",
  `no kernel answers: ${LAST_STATE}`,
  "The kernel is busy, interrupted or gone. Its next answer makes this live again.",
);

/** The kernel engine: asks through the model's messages, hears answers and traits. */
export function createKernelEngine(
  sync: Pick<Sync, "spec" | "send" | "get" | "onMessage" | "onChange">,
  view: string,
  replies: Replies,
  clock: Clock = realClock,
): Engine {
  let seq = 0;
  let told: Status = LIVE;
  let stopWaiting: (() => void) | null = null;
  let disposed = false;
  /** What was asked for last, for the clipboard. */
  let asked: {
    what: string;
    resolve(blob: Blob): void;
    reject(error: Error): void;
    stop(): void;
  } | null = null;

  const waitForAnswer = () => {
    stopWaiting ??= clock.after(told.state === "compiling" ? PATIENCE_COMPILING : PATIENCE, () => {
      stopWaiting = null;
      replies.status(SILENT);
    });
  };

  const send = (message: Message, expectsAnswer = true): boolean => {
    try {
      sync.send({ ...message, view });
      if (expectsAnswer) waitForAnswer();
      return true;
    } catch {
      stopWaiting?.();
      stopWaiting = null;
      replies.status(GONE);
      return false;
    }
  };

  const gate = new Gate<Change>({
    nextSeq: () => ++seq,
    send: (number, change) => send({ type: "change", seq: number, ...change }),
    merge: (waiting, newer) => ({
      values: { ...waiting.values, ...newer.values },
      settled: newer.settled,
    }),
    clock,
  });

  const shows = new Gate<{ draw: number | null }>({
    nextSeq: () => ++seq,
    send: (number, wish) => send({ type: "sampler", seq: number, action: "show", ...wish }),
    merge: (_waiting, newer) => newer,
    clock,
  });

  const heard = () => {
    stopWaiting?.();
    stopWaiting = null;
    replies.status(told);
    if (gate.pending || shows.pending) waitForAnswer();
  };

  const answered = (reply: { view: unknown; seq: unknown; seconds?: number | null }) => {
    if (reply.view !== view || typeof reply.seq !== "number") return;
    const took = typeof reply.seconds === "number" ? reply.seconds * 1000 : undefined;
    gate.reply(reply.seq, took);
    shows.reply(reply.seq, took);
  };

  const takeFrame = (buffer: unknown) => {
    const frame = readFrame(buffer);
    if (!frame) return;
    answered(frame);
    replies.frame(frame);
  };

  const takeDraws = (buffer: unknown) => {
    const draws = readDraws(buffer);
    if (!draws) return;
    answered(draws);
    replies.draws(draws);
  };

  const takeReport = (buffer: unknown) => {
    const report = readReport(buffer);
    if (report) replies.report(report);
  };

  const takeMap = (buffer: unknown) => {
    const map = readMap(buffer);
    if (map) replies.map(map);
  };

  const takePlane = (buffer: unknown) => {
    const names = sync.spec().parameters.map(({ name }) => name);
    const part = readPlane(buffer, names);
    if (part) replies.plane(part);
  };

  const takeCopy = (message: Message, buffer: unknown) => {
    if (!asked || message.view !== view || message.what !== asked.what) return;
    asked.stop();
    const type = asked.what === "png" ? { type: "image/png" } : TEXT;
    if (buffer) asked.resolve(new Blob([buffer as BlobPart], type));
    else asked.reject(new Error(String(message.message)));
    asked = null;
  };

  const takeStatus = (message: Message | null) => {
    const text = String(message?.text ?? "");
    if (message?.state === "error") told = status("error", "error", text);
    else if (message?.state === "compiling") {
      told = status("compiling", "compiling", `The kernel is ${text || "compiling"}.`);
    } else told = LIVE;
  };

  const takeError = (message: Message) => {
    const mine = message.view === view || message.view == null;
    answered({ view: message.view, seq: message.seq });
    // An error that no input is to blame for is that of a computation.
    if (!(message.names as unknown[] | undefined)?.length) replies.gaveUp();
    replies.refused(String(message.message), (message.accepted ?? {}) as Values, mine);
  };

  sync.onMessage((message, buffers) => {
    if (disposed) return;
    if (message.type === FRAME) takeFrame(buffers[0]);
    else if (message.type === DRAWS) takeDraws(buffers[0]);
    else if (message.type === CHECK) takeReport(buffers[0]);
    else if (message.type === MAP) takeMap(buffers[0]);
    else if (message.type === PLANE) takePlane(buffers[0]);
    else if (message.type === COPY) takeCopy(message, buffers[0]);
    else if (message.type === "error") takeError(message);
    else if (message.type === "status") takeStatus(message);
    heard();
  });
  sync.onChange("_frame", () => {
    takeFrame(sync.get("_frame"));
    heard();
  });
  sync.onChange("_chain", () => takeDraws(sync.get("_chain")));
  sync.onChange("_status", () => {
    takeStatus(sync.get("_status") as Message | null);
    heard();
  });

  return {
    start() {
      takeStatus(sync.get("_status") as Message | null);
      replies.status(told.state === "live" ? CONNECTING : told);
      takeFrame(sync.get("_frame"));
      takeDraws(sync.get("_chain"));
      send({ type: "hello" });
    },
    hello: () => send({ type: "hello" }),
    change: (values, settled) => gate.push({ values, settled }),
    sampler: (action, more) => send({ type: "sampler", seq: ++seq, action, ...more }),
    show: (draw) => shows.push({ draw }),
    preset: (name) => send({ type: "preset", seq: ++seq, name }),
    problem: (name) => send({ type: "problem", seq: ++seq, name }, false),
    // These take their time: no answer for a while does not mean that there is no kernel.
    check: () => send({ type: "check", seq: ++seq }, false),
    map: (parameter) => send({ type: "map", seq: ++seq, parameter }, false),
    plane: () => send({ type: "plane", seq: ++seq }, false),
    copy: (what) =>
      new Promise((resolve, reject) => {
        const giveUp = () => reject(new Error("no kernel answers"));
        asked?.stop();
        asked = { what, resolve, reject, stop: clock.after(PATIENCE_COPY, giveUp) };
        if (!send({ type: "copy", seq: ++seq, what }, false)) giveUp();
      }),
    painted: (batch) => send({ type: "ack", batch }, false),
    dispose() {
      disposed = true;
      stopWaiting?.();
      gate.dispose();
      shows.dispose();
    },
  };
}
