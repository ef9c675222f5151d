// Elements by name, with text only: nothing that comes from data is ever parsed as HTML.

type Attributes = Record<string, string | number | boolean | null | undefined>;

/** An element with a class (a name without its prefix), attributes and children. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className = "",
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (className) element.className = className.replace(/(\S+)/g, "gw-$1");
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/** Sets attributes; null, undefined and false remove them. */
export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) element.removeAttribute(name);
    else {
      const text = value === true ? "" : String(value);
      if (element.getAttribute(name) !== text) element.setAttribute(name, text);
    }
  }
}

/** Sets text only where it differs, so that nothing is announced or selected anew. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** What every element that takes focus carries: JupyterLab then leaves its keys alone. */
export const FOCUSABLE: Attributes = { "data-lm-suppress-shortcuts": "true" };

/** A button with a visible name. */
export function button(
  name: string,
  className: string,
  signal: AbortSignal,
  onClick: () => void,
): HTMLButtonElement {
  const element = h("button", `button ${className}`, { type: "button", ...FOCUSABLE }, name);
  element.addEventListener("click", onClick, { signal });
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** A small drawing of lines on a 16 by 16 grid, for the eye only. */
export function icon(className: string, ...paths: string[]): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  setAttributes(svg, { viewBox: "0 0 16 16", "aria-hidden": "true", class: `gw-${className}` });
  for (const d of paths) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/** Elements of different kinds so far: for ids, which must differ between views. */
let count = 0;

export const uniqueId = (name: string) => `gw-${name}-${++count}`;

/** What has the focus within an element, also in a shadow root. */
export function focusedIn(element: HTMLElement): HTMLElement | null {
  const { activeElement } = element.getRootNode() as Document | ShadowRoot;
  return activeElement instanceof HTMLElement && element.contains(activeElement)
    ? activeElement
    : null;
}
