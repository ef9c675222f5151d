import type { VerdictName } from "../state/frame.ts";
import { type Tone, toneOf } from "../state/verdict.ts";
import { h, icon, setAttributes, setText } from "./dom.ts";
import type { Panel } from "./view.ts";

/** Each tone has a shape of its own. */
const SHAPES: Record<Tone, readonly string[]> = {
  right: ["M8 1a7 7 0 1 1 0 14a7 7 0 1 1 0 -14", "M4.6 8.3L7.1 10.8L11.6 5.6"],
  wrong: ["M5 1h6l4 4v6l-4 4h-6l-4 -4v-6z", "M5.3 5.3L10.7 10.7M10.7 5.3L5.3 10.7"],
  unclear: ["M8 .8L15.2 8L8 15.2L.8 8z", "M8 4.6V8.6M8 10.9V11.3"],
};

export const toneIcon = (tone: Tone) => icon(`tone-icon gw-${tone}`, ...SHAPES[tone]);

/** The answer: what the gradient is, whether it is right, and why. */
export function createHeadline(): Panel {
  const mark = h("span", "mark");
  const claim = h("span", "claim");
  const judgement = h("span", "judgement");
  const heading = h(
    "div",
    "headline",
    { role: "heading", "aria-level": 2 },
    mark,
    claim,
    " ",
    judgement,
  );
  const why = h("div", "why");
  const element = h("div", "answer", {}, heading, why);
  let shape: VerdictName | null = null;
  return {
    element,
    update({ frame, status, spec }, changed) {
      if (!changed.has("frame") && !(changed.has("status") && !frame)) return;
      if (!frame) {
        setText(claim, `Is the gradient of ${spec.title} right?`);
        setText(why, status.detail);
        return;
      }
      const { headline } = frame;
      setText(claim, headline.claim);
      setText(judgement, headline.judgement);
      setText(why, headline.why);
      if (headline.verdict !== shape) {
        shape = headline.verdict;
        const tone = toneOf(shape);
        mark.replaceChildren(toneIcon(tone));
        setAttributes(element, { "data-tone": tone });
      }
    },
  };
}
