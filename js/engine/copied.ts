// What a page without a kernel copies of itself.
import type { State } from "../state/state.ts";
import type { Sync } from "../state/sync.ts";

/** What draws the widget, by the kind of picture. */
export type Pictures = Record<string, () => Promise<Blob>>;

export const TEXT = { type: "text/plain" };

/** The chain as it was made, for whoever makes it again. */
const situation = (state: State, sync: Pick<Sync, "get">) => ({
  gradwidget: 1,
  problem: state.spec.title,
  values: state.values,
  segments: sync.get("_segments") ?? [],
});

function csv({ chain, spec }: State): string {
  const rows = chain.series.flatMap(({ values }, i) =>
    [...values.subarray(0, chain.count)].map((x, draw) => `${i},${draw + chain.offset},${x}`),
  );
  if (!rows.length) throw new Error("There are no draws yet: press Step or Run.");
  return `chain,draw,${spec.x.name}\n${rows.join("\n")}\n`;
}

/** Text for the clipboard, by name; what is not here needs a kernel. */
export const COPIED: Record<string, (state: State, sync: Pick<Sync, "get">) => string> = {
  link: () => location.href,
  python: (state, sync) => `gw.GradWidget.from_dict(${JSON.stringify(situation(state, sync))})`,
  csv,
};
