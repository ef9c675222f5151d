import type { Scale } from "../draw/scales.ts";
import type { Parameter } from "../state/check.ts";
import { FOCUSABLE, h, setAttributes } from "./dom.ts";
import { snap, stepped } from "./keys.ts";
import { moveTo, type Plot, pointIn } from "./plot.ts";

type Place = readonly [number, number];

/** What a grip moves. */
interface Moved {
  /** Where it is. */
  place(): Place;
  /** The hand's wish; a drag that goes on is not settled. */
  move(to: Place, settled: boolean): void;
  signal: AbortSignal;
}

/** A point of a plane that is moved by mouse, touch, pen or keys, in both directions. */
export interface Grip {
  element: HTMLElement;
  update(scales: { x: Scale; y: Scale }, name: string): void;
}

/** A coordinate as keys and snapping take it. */
const axis = ({ domain: [min, max] }: Scale): Parameter => ({
  ...{ name: "", label: "", min, max },
  ...{ log: false, step: null, lower: null, upper: null },
});

/** Which coordinate a key moves, and by how many steps; null for all other keys. */
export function stepOf({ key, shiftKey }: KeyboardEvent): readonly [0 | 1, number] | null {
  const fine = shiftKey ? 0.1 : 1;
  const steps: Record<string, readonly [0 | 1, number]> = {
    ArrowRight: [0, fine],
    ArrowLeft: [0, -fine],
    ArrowUp: [1, fine],
    ArrowDown: [1, -fine],
    PageUp: [1, 10],
    PageDown: [1, -10],
  };
  return steps[key] ?? null;
}

export function createGrip(plot: Plot, { place, move, signal }: Moved): Grip {
  // There is no role for a slider in two directions: its keys are its own, and its name tells them.
  const element = h("div", "handle grip", {
    role: "application",
    "aria-roledescription": "movable point",
    tabindex: 0,
    ...FOCUSABLE,
  });
  plot.overlay.append(element);
  let scales: { x: Scale; y: Scale } | null = null;
  /** From the point to where it was taken hold of, in pixels. */
  let held: Place | null = null;
  const pixel = (event: PointerEvent): Place => pointIn(plot.overlay, event);
  element.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0 || !scales) return;
      const [px, py] = pixel(event);
      const [x, y] = place();
      held = [px - scales.x(x), py - scales.y(y)];
      element.setPointerCapture(event.pointerId);
      setAttributes(element, { "data-dragging": true });
    },
    { signal },
  );
  element.addEventListener(
    "pointermove",
    (event) => {
      if (!held || !scales) return;
      const [px, py] = pixel(event);
      const to = (scale: Scale, at: number) => {
        const [low, high] = scale.domain;
        return snap(axis(scale), Math.max(low, Math.min(high, scale.invert(at))));
      };
      move([to(scales.x, px - held[0]), to(scales.y, py - held[1])], false);
    },
    { signal },
  );
  const release = () => {
    if (!held) return;
    held = null;
    setAttributes(element, { "data-dragging": null });
    move(place(), true);
  };
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    element.addEventListener(end, release, { signal });
  }

  let isKeyed = false;
  element.addEventListener(
    "keydown",
    (event) => {
      const step = stepOf(event);
      if (!step || !scales || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      const [which, count] = step;
      const to = [...place()] as [number, number];
      to[which] = stepped(axis(which ? scales.y : scales.x), to[which], count);
      isKeyed = true;
      move(to, false);
    },
    { signal },
  );
  const settle = () => {
    if (!isKeyed) return;
    isKeyed = false;
    move(place(), true);
  };
  element.addEventListener("keyup", settle, { signal });
  element.addEventListener("blur", settle, { signal });
  return {
    element,
    update(found, name) {
      scales = found;
      const [x, y] = place();
      setAttributes(element, { "aria-label": name });
      moveTo(element, [found.x(x), found.y(y)]);
    },
  };
}
