import { expect, test } from "vitest";
import { findings, mapKey, readMap, readReport } from "../../../js/state/inspector.ts";
import { STATUSES } from "../../../js/state/protocol.ts";
import { statusCounts, statusName, statusText } from "../../../js/state/solver.ts";
import { mapPack, reportPack } from "../support/inspector.ts";
import { drawsPack, SPEC, VALUES } from "../support/power.ts";

const WRONG = { ...VALUES, x: 0.18, solver: "bfgs" };

test("a report is read with its numbers; what is no report is not", () => {
  const report = readReport(reportPack(WRONG, { number: 4 }));
  expect(report?.ok).toBe(false);
  expect(report?.values.x).toBe(0.18);
  expect(report?.rows[2]).toMatchObject({
    name: "forward",
    argument: "x",
    order: 1,
    dtype: "float64",
    outcome: "fail",
    error: 0.047,
    tolerance: 1e-5,
    whatToDo: "Let the solver converge.",
  });
  expect(report?.rows[6]?.error).toBeNaN();
  expect(report?.rows[6]?.tolerance).toBeNaN();
  const draws = drawsPack([[]], [[]], {}, { number: 2, first: 0 });
  expect(readReport(draws)).toBeNull();
  expect(readMap(draws)).toBeNull();
  expect(readReport(new DataView(new ArrayBuffer(0)))).toBeNull();
});

test("findings: rows of one cause together, failures first, passes last", () => {
  const report = readReport(reportPack(WRONG, { number: 4 }));
  const found = findings(report?.rows ?? []);
  expect(found.map(({ outcome, rows }) => [outcome, rows.length])).toEqual([
    ["fail", 6],
    ["cannot be judged", 2],
    ["does not apply", 2],
    ["pass", 4],
  ]);
});

test("a map is read in rows of the parameter", () => {
  const map = readMap(mapPack(WRONG, "p", { number: 4 }));
  expect(map?.parameter).toBe("p");
  expect(map?.error).toHaveLength((map?.x.length ?? 0) * (map?.y.length ?? 0));
  const i = map?.x.findIndex((x) => x > 0.17) ?? -1;
  expect(map?.error[3 * (map?.x.length ?? 0) + i]).toBeCloseTo(0.047);
  expect(map?.status[3 * (map?.x.length ?? 0) + i]).toBe(STATUSES.zoom_failed);
});

test("a map depends on solver, precision, other parameters and its reach, not on its axes", () => {
  const parameters = [...SPEC.parameters, { name: "a" }];
  const key = (values: object, xs = [-10, 10], on = "p") =>
    mapKey({ ...VALUES, a: 1, ...values }, parameters, on, xs);
  const base = key({});
  for (const same of [{ x: 0.9 }, { p: 2 }, { step_size: 1 }]) expect(key(same)).toBe(base);
  const others = [{ solver: "bfgs" }, { dtype: "float32" }, { a: 2 }];
  for (const other of others) expect(key(other)).not.toBe(base);
  expect(key({}, [-100, 100])).not.toBe(base);
  expect(key({}, [-10, 10], "a")).not.toBe(base);
});

test("statuses by name: how often each occurs; an unknown code is left out", () => {
  expect(statusCounts([0, 3, 0, 0, 3, 17, 99, Number.NaN])).toEqual([
    ["converged", 3],
    ["zoom_failed", 2],
    ["not_convex", 1],
  ]);
  expect(statusName(-1)).toBe("undefined");
  expect(statusName(99)).toBeNull();
  expect(statusText("zoom_failed")).toBe("zoom failed");
});
