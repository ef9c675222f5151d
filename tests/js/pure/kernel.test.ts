import { beforeEach, expect, test } from "vitest";
import type { Engine, Replies } from "../../../js/engine/engine.ts";
import { createKernelEngine, PATIENCE } from "../../../js/engine/kernel.ts";
import type { Draws, Frame } from "../../../js/state/frame.ts";
import type { ErrorMap, Report } from "../../../js/state/inspector.ts";
import type { PlanePart } from "../../../js/state/plane.ts";
import type { Status } from "../../../js/state/state.ts";
import { createSync } from "../../../js/state/sync.ts";
import { TestClock } from "../support/clock.ts";
import { createModel, type Model } from "../support/host.ts";
import { mapPack, reportPack } from "../support/inspector.ts";
import { drawsPack, framePack, VALUES } from "../support/power.ts";

let clock: TestClock;
let model: Model;
let engine: Engine;
let heard: {
  frames: Frame[];
  draws: Draws[];
  statuses: Status[];
  refused: unknown[][];
  reports: Report[];
  maps: ErrorMap[];
  parts: PlanePart[];
  gaveUp: boolean[];
};

const lastStatus = () => heard.statuses.at(-1);
const reply = (number: number, seq: number | null, view: string | null) => {
  const buffer = framePack(VALUES, { number, seq, view });
  model.emit("msg:custom", { type: "frame", seq, view }, [buffer]);
};

beforeEach(() => {
  clock = new TestClock();
  model = createModel();
  heard = {
    frames: [],
    draws: [],
    statuses: [],
    refused: [],
    reports: [],
    maps: [],
    parts: [],
    gaveUp: [],
  };
  const replies: Replies = {
    frame: (frame) => heard.frames.push(frame),
    draws: (draws) => heard.draws.push(draws),
    refused: (...told) => heard.refused.push(told),
    status: (status) => heard.statuses.push(status),
    report: (report) => heard.reports.push(report),
    map: (map) => heard.maps.push(map),
    plane: (part) => heard.parts.push(part),
    gaveUp: () => heard.gaveUp.push(true),
  };
  engine = createKernelEngine(createSync(model.asAnyModel()), "me", replies, clock);
});

test("at the start the stored frame is shown, and the rest asked for", () => {
  engine.start();
  expect(heard.frames.map((frame) => frame.number)).toEqual([1]);
  expect(model.sent).toEqual([{ type: "hello", view: "me" }]);
  expect(lastStatus()?.state).toBe("connecting");
  model.emit("msg:custom", { type: "draws" }, [drawsPack([[]], [[]], {}, { number: 2, first: 0 })]);
  expect(lastStatus()?.state).toBe("live");
  expect(heard.draws).toHaveLength(1);
});

test("changes carry the view and rising numbers; only the view's own replies free its slots", () => {
  engine.change({ x: 1 }, false);
  engine.change({ x: 2 }, false);
  engine.change({ x: 3 }, true);
  expect(model.sent.map(({ seq, values }) => [seq, values.x])).toEqual([
    [1, 1],
    [2, 2],
  ]);
  reply(2, 1, "another");
  expect(model.sent).toHaveLength(2);
  reply(3, 1, "me");
  expect(model.sent.at(-1)).toEqual({
    type: "change",
    seq: 3,
    view: "me",
    values: { x: 3 },
    settled: true,
  });
  expect(heard.frames.map((frame) => frame.number)).toEqual([2, 3]);
});

test("the kernel's own time decides how many are in flight", () => {
  const inFlightAfter = (seconds: number, number: number) => {
    engine.change({ x: number }, true);
    clock.advance(60);
    const seq = model.sent.at(-1).seq;
    model.emit("msg:custom", { type: "frame" }, [
      framePack(VALUES, { number, seq, view: "me", seconds }),
    ]);
    const before = model.sent.length;
    for (let i = 0; i < 3; i++) engine.change({ x: -i }, true);
    const sent = model.sent.length - before;
    reply(number + 1, model.sent.at(-1).seq, "me");
    clock.advance(1);
    reply(number + 2, model.sent.at(-1).seq, "me");
    return sent;
  };
  // A round trip of 60 ms is the wire's where Python took 2 of them.
  expect(inFlightAfter(0.002, 10)).toBe(2);
  expect(inFlightAfter(0.05, 20)).toBe(1);
});

test("a settled frame that comes by its trait frees the slot, too", () => {
  for (const x of [1, 2, 3]) engine.change({ x }, true);
  model.set("_frame", framePack(VALUES, { number: 5, seq: 2, view: "me" }));
  expect(model.sent.at(-1)).toMatchObject({ seq: 3, values: { x: 3 } });
});

test("silence means that no kernel answers, and the next answer makes it live again", () => {
  engine.change({ x: 1 }, true);
  clock.advance(PATIENCE - 1);
  expect(lastStatus()?.state).not.toBe("gone");
  clock.advance(1);
  expect(lastStatus()).toMatchObject({ state: "gone" });
  expect(lastStatus()?.text).toContain("what you see is the last computed state");
  reply(9, 1, "me");
  expect(lastStatus()?.state).toBe("live");
});

test("a page without a kernel says so at once", () => {
  model.send = () => {
    throw new Error("comm closed");
  };
  engine.sampler("step");
  expect(lastStatus()).toMatchObject({
    state: "gone",
    text: "no kernel: what you see is the last computed state",
  });
});

test("a kernel that compiles is given time", () => {
  model.set("_status", { engine: "kernel", state: "compiling", text: "compiling bfgs" });
  engine.change({ solver: "bfgs" }, true);
  clock.advance(4 * PATIENCE);
  expect(lastStatus()).toMatchObject({ state: "compiling" });
  expect(lastStatus()?.detail).toContain("compiling bfgs");
  model.set("_status", { engine: "kernel", state: "live", text: "live" });
  expect(lastStatus()?.state).toBe("live");
});

test("a refusal frees its slot and says whose it is", () => {
  engine.change({ p: 0.5 }, true);
  const told = { type: "error", names: ["p"], message: "p > 1", accepted: { p: 3 } };
  model.emit("msg:custom", { ...told, seq: 1, view: "me" });
  model.emit("msg:custom", { ...told, seq: 4, view: "another" });
  expect(heard.refused).toEqual([
    ["p > 1", { p: 3 }, true],
    ["p > 1", { p: 3 }, false],
  ]);
});

test("after its end an engine hears nothing and waits for nothing", () => {
  engine.change({ x: 1 }, true);
  engine.dispose();
  const count = heard.statuses.length;
  reply(4, 1, "me");
  clock.advance(10 * PATIENCE);
  expect(heard.frames).toEqual([]);
  expect(heard.statuses).toHaveLength(count);
  expect(clock.numTimers).toBe(0);
});

test("a check and a map take their time: silence meanwhile is no sign of a dead kernel", () => {
  engine.start();
  reply(1, 1, "me");
  engine.check();
  engine.map("p");
  expect(model.sent.slice(-2).map(({ type, parameter }) => [type, parameter])).toEqual([
    ["check", undefined],
    ["map", "p"],
  ]);
  clock.advance(10 * PATIENCE);
  expect(lastStatus()?.state).toBe("live");
  model.emit("msg:custom", { type: "check" }, [reportPack(VALUES, { number: 5 })]);
  model.emit("msg:custom", { type: "map" }, [mapPack(VALUES, "p", { number: 6 })]);
  expect(heard.reports.map(({ number }) => number)).toEqual([5]);
  expect(heard.maps.map(({ parameter }) => parameter)).toEqual(["p"]);
  model.emit("msg:custom", { type: "error", view: null, message: "raised", names: [] });
  expect(heard.gaveUp).toHaveLength(1);
  model.emit("msg:custom", { type: "error", view: null, message: "p > 1", names: ["p"] });
  expect(heard.gaveUp).toHaveLength(1);
});
