import { prepare, type Size } from "../draw/canvas.ts";
import { h, setAttributes, setText } from "./dom.ts";

/** Plots remember what room they have: to ask while others write makes the browser lay out the page. */
let measurement = 0;

/** Has every plot look again: a page may scale it, and no size is seen to change. */
export function measureAgain(): void {
  measurement++;
}

/** A titled canvas with room for elements on top of it. */
export interface Plot {
  element: HTMLElement;
  /** Lies over the canvas, in its coordinates; takes no pointer events itself. */
  overlay: HTMLElement;
  head: HTMLElement;
  size(): Size;
  /** A cleared context at the screen's resolution; null while there is no room to draw. */
  context(): CanvasRenderingContext2D | null;
  /** What the canvas shows, for those who do not see it. */
  describe(text: string): void;
  setNote(text: string): void;
}

export function createPlot(name: string, title: string, note: string): Plot {
  const canvas = h("canvas", "canvas", { role: "img", "aria-label": title });
  // Not left to the style sheet, which may come late: a canvas in the flow would grow its stage.
  canvas.style.position = "absolute";
  const overlay = h("div", "overlay");
  const noteElement = h("span", "note", {}, note);
  const head = h("figcaption", "plot-head", {}, h("span", "title", {}, title), noteElement);
  const stage = h("div", "stage", {}, canvas, overlay);
  const element = h("figure", `plot plot-${name}`, {}, head, stage);
  let room: (Size & { zoom: number; at: number }) | null = null;
  const measured = () => {
    if (room?.at !== measurement) {
      const { clientWidth: width, clientHeight: height } = stage;
      room = { width, height, zoom: zoomOf(stage), at: measurement };
    }
    return room;
  };
  new ResizeObserver(() => {
    room = null;
  }).observe(stage);
  return {
    element,
    overlay,
    head,
    size: measured,
    context() {
      const size = measured();
      return size.width > 0 && size.height > 0 ? prepare(canvas, size, size.zoom) : null;
    },
    describe: (text) => setAttributes(canvas, { "aria-label": text }),
    setNote: (text) => setText(noteElement, text),
  };
}

/** How much larger an element is on the screen than it knows: under a zoom, or in scaled slides. */
export function zoomOf(element: HTMLElement): number {
  const zoom = element.getBoundingClientRect().width / element.offsetWidth || 1;
  // An element knows its width in whole pixels only, and lines are to lie on pixels.
  return Math.abs(zoom - 1) < 0.02 ? 1 : zoom;
}

/** Where a pointer is in an element, in the pixels in which it is drawn. */
export function pointIn(element: HTMLElement, event: MouseEvent): readonly [number, number] {
  const box = element.getBoundingClientRect();
  const zoom = zoomOf(element);
  return [(event.clientX - box.left) / zoom, (event.clientY - box.top) / zoom];
}

/** Moves an element of the overlay to a point of the canvas. */
export function moveTo(element: HTMLElement, [x, y]: readonly [number, number]): void {
  const visible = Number.isFinite(x) && Number.isFinite(y);
  element.hidden = !visible;
  if (visible) element.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
}
