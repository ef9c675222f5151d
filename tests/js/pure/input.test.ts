import { expect, test } from "vitest";
import { keyed, snap, stepped } from "../../../js/panels/keys.ts";
import { type Parameter, parseNumber, refusal } from "../../../js/state/check.ts";
import { SPEC } from "../support/power.ts";

test.each([
  ["0.5", 0.5],
  [" -1e-3 ", -1e-3],
  ["−2", -2],
  ["0,25", 0.25],
  [".5", 0.5],
  ["3.", 3],
])("%s is a number", (text, value) => {
  expect(parseNumber(text)).toBe(value);
});

test.each(["", "abc", "NaN", "Infinity", "0x10", "1 2", "1,2,3", "--1", "1e"])(
  "%s is none",
  (text) => {
    expect(parseNumber(text)).toBeNaN();
  },
);

test("a refusal names the parameter, what is allowed and what was given", () => {
  const p = { lower: 1, upper: null };
  expect(refusal("p", "2.5", p)).toBeNull();
  expect(refusal("p", "1", p)).toBe("p must be a finite number greater than 1, not “1”.");
  expect(refusal("p", "NaN", p)).toBe("p must be a finite number greater than 1, not “NaN”.");
  expect(refusal("p", "1e999", p)).toContain("1e999");
  expect(refusal("x", "", {})).toBe("x must be a finite number, not nothing.");
  expect(refusal("chains", "2.5", { integer: true, min: 1, max: 16 })).toBe(
    "chains must be a whole number from 1 to 16, not “2.5”.",
  );
  expect(refusal("seed", "-1", { integer: true, min: 0 })).toBe(
    "seed must be a whole number, 0 or more, not “-1”.",
  );
});

const { x } = SPEC;
const scale: Parameter = { ...x, name: "a", min: 0.01, max: 100, log: true };
const key = (name: string, shiftKey = false) => ({ key: name, shiftKey }) as KeyboardEvent;

test("arrows step, Shift steps finely, Page steps ten, Home and End go to the ends", () => {
  expect(keyed(x, 0.31415, key("ArrowRight"))).toBe(0.32415);
  expect(keyed(x, 0.31415, key("ArrowDown"))).toBe(0.30415);
  expect(keyed(x, 0.31415, key("ArrowUp", true))).toBe(0.31515);
  expect(keyed(x, 0.31415, key("PageUp"))).toBe(0.41415);
  expect(keyed(x, 0.31415, key("PageDown"))).toBe(0.21415);
  expect(keyed(x, 0.31415, key("Home"))).toBe(-1);
  expect(keyed(x, 0.31415, key("End"))).toBe(1);
  expect(keyed(x, 0.31415, key("x"))).toBeNull();
});

test("steps stay in the range, which a value outside has widened", () => {
  expect(stepped(x, 0.999, 1)).toBe(1);
  expect(stepped(x, 5.84, 1)).toBe(5.84);
  expect(stepped(x, 5.84, -1)).toBe(5.83);
  expect(stepped({ ...x, step: 0.25 }, 0.5, 1)).toBe(0.75);
});

test("on a logarithmic range a step is a factor", () => {
  const up = stepped(scale, 1, 1);
  expect(up).toBeCloseTo(10 ** 0.04, 4);
  expect(stepped(scale, up, -1)).toBeCloseTo(1, 5);
  expect(snap(scale, 0.0123456)).toBe(0.0123);
});

test("a hand gets round numbers, fine enough for its range", () => {
  expect(snap(x, 0.183456)).toBe(0.183);
  expect(snap({ ...x, step: 0.05 }, 0.1834)).toBe(0.2);
});
