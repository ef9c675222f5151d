import type { Parameter } from "../state/check.ts";

/** Range of a slider: the parameter's own, wide enough for its value. */
export function reach(parameter: Parameter, value: number): readonly [number, number] {
  if (!Number.isFinite(value)) return [parameter.min, parameter.max];
  return [Math.min(parameter.min, value), Math.max(parameter.max, value)];
}

/** Without the noise that adding binary fractions leaves. */
const tidy = (value: number) => Number(value.toPrecision(12));

/** A length rounded down to a power of ten. */
const powerBelow = (length: number) => 10 ** Math.floor(Math.log10(length));

/** The value that a hand means: round to about a five hundredth of the range. */
export function snap(parameter: Parameter, value: number): number {
  if (parameter.step) return tidy(Math.round(value / parameter.step) * parameter.step);
  if (parameter.log) return Number(value.toPrecision(3));
  const grain = powerBelow((parameter.max - parameter.min) / 500);
  return tidy(Math.round(value / grain) * grain);
}

/** The value after `count` small steps up or down. */
export function stepped(parameter: Parameter, value: number, count: number): number {
  const [low, high] = reach(parameter, value);
  if (parameter.log && !parameter.step) {
    const next = value * (parameter.max / parameter.min) ** (count / 100);
    return Math.max(low, Math.min(high, Number(next.toPrecision(6))));
  }
  const step = parameter.step ?? powerBelow((parameter.max - parameter.min) / 50);
  return Math.max(low, Math.min(high, tidy(value + count * step)));
}

/**
 * What a key means on a slider: arrows a step (a tenth with Shift), Page keys ten, Home and End
 * the ends; null for all other keys.
 */
export function keyed(parameter: Parameter, value: number, event: KeyboardEvent): number | null {
  const fine = event.shiftKey && !parameter.step ? 0.1 : 1;
  switch (event.key) {
    case "ArrowRight":
    case "ArrowUp":
      return stepped(parameter, value, fine);
    case "ArrowLeft":
    case "ArrowDown":
      return stepped(parameter, value, -fine);
    case "PageUp":
      return stepped(parameter, value, 10);
    case "PageDown":
      return stepped(parameter, value, -10);
    case "Home":
      return reach(parameter, value)[0];
    case "End":
      return reach(parameter, value)[1];
    default:
      return null;
  }
}

/** Lets the arrow keys and their like move a parameter; the value settles when the key is let go. */
export function listenToKeys(
  element: HTMLElement,
  options: {
    parameter(): Parameter;
    value(): number;
    move(value: number, settled: boolean): void;
    /** Keys that the element keeps for itself. */
    except?: readonly string[];
    signal: AbortSignal;
  },
): void {
  const { parameter, value, move, except = [], signal } = options;
  let moving = false;
  element.addEventListener(
    "keydown",
    (event) => {
      const { ctrlKey, metaKey, altKey } = event;
      if (ctrlKey || metaKey || altKey || except.includes(event.key)) return;
      const next = keyed(parameter(), value(), event);
      if (next === null) return;
      event.preventDefault();
      event.stopPropagation();
      moving = true;
      move(next, false);
    },
    { signal },
  );
  const settle = () => {
    if (!moving) return;
    moving = false;
    move(value(), true);
  };
  element.addEventListener("keyup", settle, { signal });
  element.addEventListener("blur", settle, { signal });
}
