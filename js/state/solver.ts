import { STATUSES } from "./protocol.ts";

export type StatusName = keyof typeof STATUSES;

const NAMES = new Map(
  Object.entries(STATUSES).map(([name, code]) => [code as number, name as StatusName]),
);

/** What the solver said, for a code; null for one that the page does not know. */
export const statusName = (code: number): StatusName | null => NAMES.get(code) ?? null;

/** A status in words: zoom_failed is "zoom failed". */
export const statusText = (status: StatusName) => status.replace(/_/g, " ");

/** The statuses that occur and how often, the most frequent first. */
export function statusCounts(codes: ArrayLike<number>): [StatusName, number][] {
  const counts = new Map<StatusName, number>();
  for (let i = 0; i < codes.length; i++) {
    const name = statusName(codes[i] as number);
    if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]);
}
