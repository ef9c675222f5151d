import { expect, test } from "vitest";
import { Gate, RETRIES, TIME_OUT } from "../../../js/engine/gate.ts";
import { TestClock } from "../support/clock.ts";

interface Request {
  x: number;
}

/** A gate before a kernel that answers one request after the other. */
function gateWithKernel(handlerTime: number, latency: number) {
  const clock = new TestClock();
  const handled: number[] = [];
  let busyUntil = 0;
  let seq = 0;
  let mostPending = 0;
  let mostInFlight = 0;
  let inFlight = 0;
  const gate = new Gate<Request>({
    nextSeq: () => ++seq,
    send(number, request) {
      inFlight++;
      mostInFlight = Math.max(mostInFlight, inFlight);
      busyUntil = Math.max(clock.now() + latency / 2, busyUntil) + handlerTime;
      clock.after(busyUntil - clock.now() + latency / 2, () => {
        inFlight--;
        handled.push(request.x);
        gate.reply(number, handlerTime);
      });
    },
    merge: (_waiting, newer) => newer,
    clock,
  });
  const push = (x: number) => {
    gate.push({ x });
    mostPending = Math.max(mostPending, gate.pending - inFlight);
  };
  return {
    clock,
    gate,
    handled,
    push,
    mostPending: () => mostPending,
    mostInFlight: () => mostInFlight,
  };
}

test("120 drag events and a handler of 50 ms: one waits at most, the last value is answered", () => {
  const { clock, gate, handled, push, mostPending } = gateWithKernel(50, 5);
  for (let i = 0; i < 120; i++) {
    push(i);
    clock.advance(8);
  }
  expect(mostPending()).toBe(1);
  expect(gate.pending).toBeLessThanOrEqual(2);
  clock.advance(200);
  expect(gate.pending).toBe(0);
  expect(handled.at(-1)).toBe(119);
  // 960 ms of drag at 50 ms each: what came between was overtaken, not queued.
  expect(handled.length).toBeLessThan(24);
  expect(handled).toEqual([...handled].sort((a, b) => a - b));
});

test("two are in flight while the kernel is fast, one when it is slow", () => {
  const run = (handlerTime: number) => {
    const { clock, handled, push, mostInFlight } = gateWithKernel(handlerTime, 40);
    for (let i = 0; i < 100; i++) {
      push(i);
      clock.advance(10);
    }
    return { rate: handled.length, mostInFlight: mostInFlight() };
  };
  const fast = run(5);
  const slow = run(60);
  // One at a time could answer 1000 / 45 = 22.
  expect(fast.rate).toBeGreaterThan(35);
  expect(fast.mostInFlight).toBe(2);
  expect(slow.rate).toBeLessThan(12);
});

test("values that wait together leave together, and the newer settles them", () => {
  const sent: { values: Record<string, number>; settled: boolean }[] = [];
  let seq = 0;
  const gate = new Gate<{ values: Record<string, number>; settled: boolean }>({
    nextSeq: () => ++seq,
    send: (_seq, request) => sent.push(request),
    merge: (a, b) => ({ values: { ...a.values, ...b.values }, settled: b.settled }),
    clock: new TestClock(),
  });
  gate.push({ values: { x: 1 }, settled: false });
  gate.push({ values: { x: 2 }, settled: false });
  gate.push({ values: { x: 3 }, settled: false });
  gate.push({ values: { p: 2 }, settled: true });
  expect(sent).toHaveLength(2);
  gate.reply(2);
  expect(sent[2]).toEqual({ values: { x: 3, p: 2 }, settled: true });
});

test("what is not answered is sent again, merged with what is newer, and at last given up", () => {
  const clock = new TestClock();
  const sent: object[] = [];
  let seq = 0;
  const gate = new Gate<object>({
    nextSeq: () => ++seq,
    send: (_seq, request) => sent.push(request),
    merge: (waiting, newer) => ({ ...waiting, ...newer }),
    clock,
  });
  gate.push({ x: 1, p: 2 });
  clock.advance(1000);
  gate.push({ x: 3 });
  clock.advance(TIME_OUT - 1000);
  // The second is younger, but the repeated request has all of it: nothing older comes after it.
  expect(sent).toEqual([{ x: 1, p: 2 }, { x: 3 }, { x: 3, p: 2 }]);
  expect(gate.pending).toBe(1);
  clock.advance(10 * TIME_OUT);
  expect(sent).toHaveLength(2 + RETRIES);
  expect(gate.pending).toBe(0);
  expect(clock.numTimers).toBe(0);
  gate.push({ x: 4 });
  expect(sent.at(-1)).toEqual({ x: 4 });
});

test("a request that is never answered frees its place after the time-out", () => {
  const clock = new TestClock();
  const sent: number[] = [];
  let seq = 0;
  const gate = new Gate<Request>({
    nextSeq: () => ++seq,
    send: (_seq, { x }) => sent.push(x),
    merge: (_waiting, newer) => newer,
    clock,
  });
  for (let x = 1; x <= 5; x++) gate.push({ x });
  expect(sent).toEqual([1, 2]);
  clock.advance(TIME_OUT - 1);
  expect(sent).toEqual([1, 2]);
  clock.advance(1);
  expect(sent).toEqual([1, 2, 5]);
  expect(gate.pending).toBe(1);
});

test("a reply frees what it has overtaken; other views' numbers free nothing new", () => {
  let seq = 0;
  const gate = new Gate<Request>({
    nextSeq: () => ++seq,
    send: () => {},
    merge: (_waiting, newer) => newer,
    clock: new TestClock(),
  });
  gate.push({ x: 1 });
  gate.push({ x: 2 });
  gate.reply(2);
  expect(gate.pending).toBe(0);
  gate.reply(1);
  gate.reply(7);
  expect(gate.pending).toBe(0);
});

test("nothing is sent and no timer is left after the end", () => {
  const clock = new TestClock();
  const sent: number[] = [];
  let seq = 0;
  const gate = new Gate<Request>({
    nextSeq: () => ++seq,
    send: (_seq, { x }) => sent.push(x),
    merge: (_waiting, newer) => newer,
    clock,
  });
  for (let x = 1; x <= 3; x++) gate.push({ x });
  gate.dispose();
  clock.advance(10 * TIME_OUT);
  expect(sent).toEqual([1, 2]);
  expect(clock.numTimers).toBe(0);
});
