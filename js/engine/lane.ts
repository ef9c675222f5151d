// One chain on its way: what it goes on from, and the draws that it is let make.
import type { SamplerModule, SamplerSettings } from "./translated.ts";

type Numbers = readonly number[];

export interface Lane {
  /** The module's function that makes its draws. */
  program: `advance_${string}`;
  /** The solver's number, the gradient scale and the parameters. */
  params: Numbers;
  /** The record of the last draw, and the key that the next one's is split from. */
  row: Numbers;
  key: Numbers;
}

/**
 * Lets a chain go on, and returns the new records, one after the other.
 *
 * It refers to nothing outside, since its text goes to a worker too (runner.ts).
 */
export function drawOn(
  module: SamplerModule,
  lane: Lane,
  settings: SamplerSettings,
  count: number,
): Float64Array {
  const advance = module[lane.program] as SamplerModule["advance_"];
  const width = lane.row.length;
  const records = new Float64Array(count * width);
  const given = module.given(settings);
  for (let done = 0; done < count; ) {
    const now = Math.min(module.known.batch, count - done);
    const [rows, keys] = advance([lane.row], [lane.key], given, lane.params, now);
    for (let i = 0; i < now; i++) records.set(rows[0]?.[i] as Numbers, (done + i) * width);
    lane.row = rows[0]?.[now - 1] as Numbers;
    lane.key = keys[0]?.[now - 1] as Numbers;
    done += now;
  }
  return records;
}
