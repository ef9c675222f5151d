import { expect, test } from "vitest";
import { NUM_SHAPES, shapeData } from "../../../js/draw/marker.ts";
import { apart } from "../../../js/draw/trace.ts";

test("marks that can be told apart: the first, and each that is far enough from the last", () => {
  expect(apart([], (draw) => draw)).toEqual([]);
  expect(apart([7], (draw) => draw)).toEqual([7]);
  expect(apart([0, 1, 2, 3, 10, 11, 40], (draw) => draw)).toEqual([0, 3, 10, 40]);
  expect(apart([0, 1, 2], (draw) => 5 * draw)).toEqual([0, 5, 10]);
});

test("of 100,000 marks on 1,000 pixels few are looked at", () => {
  let looks = 0;
  const draws = Array.from({ length: 100_000 }, (_, i) => i);
  const found = apart(draws, (draw) => {
    looks++;
    return draw / 100;
  });
  expect(found.length).toBeGreaterThan(300);
  expect(found.length).toBeLessThan(340);
  expect(looks).toBeLessThan(8000);
});

test("every shape has data of its own, closed", () => {
  const all = Array.from({ length: NUM_SHAPES }, (_, shape) => shapeData(shape, 4));
  expect(new Set(all).size).toBe(NUM_SHAPES);
  for (const data of all) expect(data).toMatch(/^M.*Z$/);
});
