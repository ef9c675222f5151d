import { expect, test } from "vitest";
import { readDraws, readFrame, unpack } from "../../../js/state/frame.ts";
import { pack } from "../support/pack.ts";
import { drawsPack, framePack, trueGradient, VALUES } from "../support/power.ts";

test("unpack is the inverse of packing, for numbers that JSON cannot say", () => {
  const odd = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324];
  const unpacked = unpack(
    pack(
      { kind: "frame", text: "f′ → ≈" },
      {
        odd,
        grid: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      },
    ),
  );
  expect(unpacked?.header).toMatchObject({ kind: "frame", text: "f′ → ≈" });
  expect([...(unpacked?.arrays.get("odd") ?? [])]).toEqual(odd);
  expect([...(unpacked?.arrays.get("grid") ?? [])]).toEqual([1, 2, 3, 4, 5, 6]);
  expect(unpacked?.arrays.shape("grid")).toEqual([2, 3]);
  expect(unpacked?.arrays.get("missing")).toBeNull();
});

test.each([0, 1, 3, 4, 8])("a frame %i bytes into a larger buffer reads the same", (offset) => {
  const frame = framePack(VALUES, { number: 7 });
  const larger = new Uint8Array(frame.byteLength + 16);
  larger.set(new Uint8Array(frame.buffer), offset);
  const moved = new DataView(larger.buffer, offset, frame.byteLength);
  expect(readFrame(moved)).toEqual(readFrame(frame));
  expect(readFrame(new Uint8Array(larger.buffer, offset, frame.byteLength))).toEqual(
    readFrame(frame),
  );
});

test("a frame gives its point, its rows and its curves by name", () => {
  const frame = readFrame(framePack(VALUES, { number: 7, seq: 3, view: "a" }));
  if (!frame) throw new Error("no frame");
  expect(frame).toMatchObject({ number: 7, seq: 3, view: "a", settled: true });
  expect(frame.point.gradient).toBeCloseTo(0.560490856, 9);
  expect(frame.point.reference_gradient).toBe(trueGradient(0.31415, 3));
  expect(frame.rows.map((row) => row.name)).toEqual([
    "argmin custom_jvp",
    "closed form",
    "finite difference",
    "jax.grad through the solver",
  ]);
  expect(frame.rows[1]?.cells.gradient).toBe(frame.point.reference_gradient);
  expect(frame.rows[1]?.cells["inner residual"]).toBeNaN();
  expect(frame.curve?.x).toHaveLength(241);
  expect(frame.inner?.g).toHaveLength(161);
  expect(frame.errors?.rel_error).toHaveLength(481);
  expect(frame.transition).toBeNull();
});

test("nothing is read from what holds no frame", () => {
  for (const nothing of [
    null,
    undefined,
    {},
    new DataView(new ArrayBuffer(0)),
    new ArrayBuffer(2),
  ]) {
    expect(readFrame(nothing)).toBeNull();
    expect(readDraws(nothing)).toBeNull();
  }
  expect(readDraws(framePack(VALUES, { number: 1 }))).toBeNull();
});

test("draws come apart by chain; what is not known is NaN", () => {
  const draws = readDraws(
    drawsPack(
      [
        [1, 2],
        [3, 4],
      ],
      [
        [0, 1],
        [0, 0],
      ],
      { ess: 12 },
      { number: 3, first: 5, batch: 2 },
    ),
  );
  expect(draws).toMatchObject({ first: 5, numDraws: 7, numChains: 2, batch: 2 });
  expect(draws?.draws.map((chain) => [...chain])).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect([...(draws?.isDivergent[0] ?? [])]).toEqual([0, 1]);
  expect(draws?.summary.ess).toBe(12);
  expect(draws?.summary.rhat).toBeNaN();
});
