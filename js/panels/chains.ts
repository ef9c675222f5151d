import { shapeData } from "../draw/marker.ts";
import { chainStyle, type Theme } from "../draw/theme.ts";
import { h, icon, setAttributes } from "./dom.ts";

/** Which colour, line and shape is which chain's, where there are several. */
export function createChainKeys(): {
  element: HTMLElement;
  update(count: number, theme: Theme): void;
} {
  const element = h("div", "legend");
  let shown = "";
  return {
    element,
    update(count, theme) {
      const wanted = `${count} ${theme.chains}`;
      if (wanted === shown) return;
      shown = wanted;
      element.hidden = count < 2;
      const keys = Array.from({ length: count < 2 ? 0 : count }, (_, chain) => {
        const { color, dash, shape } = chainStyle(theme, chain);
        const swatch = icon("chain", "M-14 0H14", shapeData(shape, 4.5));
        setAttributes(swatch, { viewBox: "-14 -8 28 16", style: `color: ${color}` });
        setAttributes(swatch.firstElementChild as Element, { "stroke-dasharray": dash.join(" ") });
        return h("span", "key", {}, swatch, `chain ${chain + 1}`);
      });
      element.replaceChildren(...keys);
    },
  };
}
