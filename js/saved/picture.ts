// A widget as a picture, where nobody can draw it anew: its plots as they are, and its words.

/** What is for the hand and not for the eye. */
const CONTROLS =
  "button, select, input, textarea, a, label, .gradwidget [data-control], [role=status]";

interface Item {
  box: DOMRect;
  canvas?: HTMLCanvasElement;
  word?: string;
  style?: CSSStyleDeclaration;
}

/** Everything that is to be seen in an element, in its order. */
function itemsOf(el: Element): Item[] {
  const items: Item[] = [];
  const walker = document.createTreeWalker(el, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node instanceof HTMLCanvasElement) {
      items.push({ box: node.getBoundingClientRect(), canvas: node });
    }
    const parent = node.parentElement;
    if (!(node instanceof Text) || !parent || parent.closest(CONTROLS)) continue;
    const style = getComputedStyle(parent);
    if (style.visibility !== "visible") continue;
    // What is cut off is not seen, and a line may end after any word.
    const isCut = style.overflowX !== "visible";
    const end = isCut ? parent.getBoundingClientRect().right : Number.POSITIVE_INFINITY;
    for (const found of node.data.matchAll(/\S+/g)) {
      range.setStart(node, found.index);
      range.setEnd(node, found.index + found[0].length);
      const box = range.getBoundingClientRect();
      if (box.right < end + 1) items.push({ box, word: found[0], style });
    }
  }
  // What only a screen reader finds is a pixel wide.
  return items.filter(({ box, canvas, word }) => box.width > (canvas ? 1 : (word?.length ?? 0)));
}

/** Where the middle of a letter is on its line. */
const middle = ({ top, bottom }: DOMRect) => (top + bottom) / 2;

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

function svgOf(el: Element): string {
  const { left, top, width, height } = el.getBoundingClientRect();
  const parts = itemsOf(el).map(({ box, canvas, word, style }) => {
    const x = (box.left - left).toFixed(1);
    if (canvas) {
      const at = `x="${x}" y="${box.top - top}" width="${box.width}" height="${box.height}"`;
      return `<image ${at} href="${canvas.toDataURL()}"/>`;
    }
    const font = ["font-family", "font-size", "font-weight", "font-style"]
      .map((name) => `${name}="${escaped(style?.getPropertyValue(name) ?? "")}"`)
      .join(" ");
    const y = (middle(box) - top).toFixed(1);
    const text = escaped(word ?? "");
    return `<text x="${x}" y="${y}" dominant-baseline="central" fill="${style?.color}" ${font}>${text}</text>`;
  });
  const ground = getComputedStyle(document.documentElement).backgroundColor;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
    `width="${width}" height="${height}"><rect width="100%" height="100%" fill="${ground}"/>` +
    `${parts.join("\n")}</svg>\n`
  );
}

function pngOf(el: Element): Promise<Blob> {
  const { left, top, width, height } = el.getBoundingClientRect();
  const scale = Math.max(2, devicePixelRatio);
  const picture = document.createElement("canvas");
  picture.width = width * scale;
  picture.height = height * scale;
  const context = picture.getContext("2d") as CanvasRenderingContext2D;
  context.scale(scale, scale);
  context.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
  context.fillRect(0, 0, width, height);
  context.textBaseline = "middle";
  for (const { box, canvas, word, style } of itemsOf(el)) {
    const x = box.left - left;
    if (canvas) context.drawImage(canvas, x, box.top - top, box.width, box.height);
    else if (word && style) {
      context.fillStyle = style.color;
      // Together as `font` they are nothing where figures are of one width.
      const { fontStyle, fontWeight, fontSize, fontFamily } = style;
      context.font = `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;
      context.fillText(word, x, middle(box) - top);
    }
  }
  return new Promise((resolve, reject) => {
    picture.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("it is too large"))));
  });
}

/** How the widget in an element is drawn, by the kind of picture. */
export const picturesOf = (el: Element): Record<string, () => Promise<Blob>> => ({
  png: () => pngOf(el),
  svg: async () => new Blob([svgOf(el)], { type: "text/plain" }),
});
