import { describe, expect, it } from "vitest";
import { Turns } from "../../../js/panels/turns.ts";
import type { Panel } from "../../../js/panels/view.ts";

const panel = (inTurns: boolean) => ({ element: null, inTurns, update() {} }) as unknown as Panel;

describe("panels while a chain runs", () => {
  const [trace, phase, energy] = [panel(false), panel(true), panel(true)];
  const names = new Map([trace, phase, energy].map((each, i) => [each, "tpe"[i]]));
  const told = (turns: Turns, isRunning: boolean, ...changed: ("transition" | "drawsNumber")[]) =>
    turns.next(isRunning, new Set(changed)).map(([each, keys]) => [names.get(each), [...keys]]);

  it("all are told at rest", () => {
    const turns = new Turns([trace, phase, energy]);
    expect(told(turns, false, "transition").map(([name]) => name)).toEqual(["t", "p", "e"]);
  });

  it("those that show one transition take turns, and miss nothing", () => {
    const turns = new Turns([trace, phase, energy]);
    expect(told(turns, true, "transition")).toEqual([
      ["t", ["transition"]],
      ["p", ["transition"]],
    ]);
    expect(told(turns, true, "drawsNumber")).toEqual([
      ["t", ["drawsNumber"]],
      ["e", ["transition", "drawsNumber"]],
    ]);
    expect(told(turns, true, "drawsNumber").at(-1)).toEqual(["p", ["drawsNumber"]]);
    // The run ends: everyone is up to date.
    expect(told(turns, false, "transition")).toEqual([
      ["t", ["transition"]],
      ["p", ["transition"]],
      ["e", ["drawsNumber", "transition"]],
    ]);
    expect(told(turns, false)).toEqual([
      ["t", []],
      ["p", []],
      ["e", []],
    ]);
  });
});
