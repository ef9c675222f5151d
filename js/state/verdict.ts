import type { VerdictName } from "./frame.ts";
import { VERDICTS } from "./protocol.ts";

/** What a verdict says of the gradient: right, wrong, or not to be judged. */
export type Tone = "right" | "wrong" | "unclear";

const TONES: Record<VerdictName, Tone> = {
  agree: "right",
  disagree: "wrong",
  not_converged: "wrong",
  unbounded: "wrong",
  undefined: "wrong",
  kink: "unclear",
  unchecked: "unclear",
};

export const toneOf = (verdict: VerdictName): Tone => TONES[verdict] ?? "unclear";

const codesOf = (tone: Tone) =>
  new Set(
    (Object.keys(VERDICTS) as VerdictName[])
      .filter((name) => TONES[name] === tone)
      .map((name) => VERDICTS[name] as number),
  );

const WRONG = codesOf("wrong");
const UNCLEAR = codesOf("unclear");

/** Tells the codes in a verdict array apart. */
export const kinds = {
  wrong: (code: number) => WRONG.has(code),
  unclear: (code: number) => UNCLEAR.has(code),
};

/** A verdict in words: not_converged is "not converged". */
export const verdictText = (verdict: VerdictName) => verdict.replace(/_/g, " ");

/** The word for a code, or null for one that the page does not know. */
export function verdictName(code: number): VerdictName | null {
  const found = Object.entries(VERDICTS).find(([, known]) => known === code);
  return found ? (found[0] as VerdictName) : null;
}
