import { expect, test } from "vitest";
import {
  formatCount,
  formatError,
  formatField,
  formatNumber,
  formatPercent,
  formatPower,
  formatTime,
  splitDigits,
  typeset,
} from "../../../js/draw/format.ts";

test.each([
  [0.5604908, 4, "0.5605"],
  [-0.05074719, 7, "-0.05074719"],
  [0, 4, "0"],
  [1e-6, 2, "1.0e-6"],
  [123456.7, 4, "123457"],
  [1234567, 3, "1.23e6"],
  [9.9999, 4, "10.000"],
  [Number.NaN, 4, "NaN"],
  [Number.POSITIVE_INFINITY, 4, "inf"],
  [Number.NEGATIVE_INFINITY, 4, "-inf"],
])("%d with %i digits is %s", (value, digits, text) => {
  expect(formatNumber(value, digits)).toBe(text);
});

test("errors, times, counts and shares read as people write them", () => {
  expect([0.047, 1e-6, 0, Number.POSITIVE_INFINITY].map(formatError)).toEqual([
    "4.7e-2",
    "1.0e-6",
    "0",
    "inf",
  ]);
  expect([25e-6, 2.46e-6, 1.2e-3, 0.25, 3].map(formatTime)).toEqual([
    "25 µs",
    "2.5 µs",
    "1.2 ms",
    "250 ms",
    "3 s",
  ]);
  expect([0, 999, 4000, 1234567].map(formatCount)).toEqual(["0", "999", "4,000", "1,234,567"]);
  expect([1, 0.9999, 0.98, 0.05, 0].map(formatPercent)).toEqual([
    "100 %",
    "99.9 %",
    "98 %",
    "5.0 %",
    "0 %",
  ]);
  expect([0, -4, -16, 3].map(formatPower)).toEqual(["1", "10⁻⁴", "10⁻¹⁶", "10³"]);
  expect(typeset("-1e-3")).toBe("−1e−3");
});

test("a field shows the number without the noise of binary fractions", () => {
  expect(formatField(0.1 + 0.2)).toBe("0.3");
  expect(formatField(0.31415)).toBe("0.31415");
  expect(formatField([1, 2])).toBe("[1,2]");
});

test("digits are trusted as far as the relative error goes", () => {
  expect(splitDigits("0.4044182", 0.047)).toEqual(["0.4", "044182"]);
  expect(splitDigits("0.5604831", 1.4e-5)).toEqual(["0.5604", "831"]);
  expect(splitDigits("-0.05074719", 1e-3)).toEqual(["-0.050", "74719"]);
  expect(splitDigits("0.5604909", 1e-16)).toEqual(["0.5604909", ""]);
  expect(splitDigits("0.5604909", 0)).toEqual(["0.5604909", ""]);
  expect(splitDigits("4.0e-9", 2)).toEqual(["", "4.0e-9"]);
});
