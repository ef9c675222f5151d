import type { Frame, Values } from "./frame.ts";
import type { Spec, State } from "./state.ts";

/** The point that is drawn: the kernel's own, or the hand's on the last curve it sent. */
export interface Shown {
  x: number;
  value: number;
  gradient: number;
  argmin: number;
  trueGradient: number;
  /** Read off the last known curve; the kernel has not confirmed it yet. */
  predicted: boolean;
  /** The inner problem's curve at this x. */
  inner: Frame["inner"];
}

/** What the gradient is called where it is drawn: the argmin itself, or the derivative. */
export const nameOfGradient = ({ gradient_is_argmin, x }: Spec): string =>
  gradient_is_argmin ? "y*" : `df/d${x.label}`;

export function xOf(state: State): number {
  return Number(state.values[state.spec.x.name]);
}

const sameParameters = (state: State, values: Values) =>
  state.spec.parameters.every(({ name }) => Object.is(state.values[name], values[name]));

/**
 * What to show for the controls' x.
 * @param interpolate reads a curve at a point.
 */
export function shown(
  state: State,
  interpolate: (xs: Float64Array, ys: Float64Array, x: number) => number,
): Shown | null {
  const { frame } = state;
  if (!frame) return null;
  const { point } = frame;
  const framed = Number(frame.values[state.spec.x.name]);
  const exact: Shown = {
    x: framed,
    value: point.value,
    gradient: point.gradient,
    argmin: point.argmin,
    trueGradient: point.reference_gradient,
    predicted: false,
    inner: frame.inner,
  };
  const x = xOf(state);
  if (x === framed || !frame.curve) {
    return { ...exact, predicted: !sameParameters(state, frame.values) };
  }
  const { curve } = frame;
  const at = (ys: Float64Array) => interpolate(curve.x, ys, x);
  const gradient = at(curve.gradient);
  // In a conjugate f(x) = -min g the argmin is the gradient and x enters g as -x y only,
  // so that the inner problem, too, can follow the hand.
  const follows = point.argmin === point.gradient && Number.isFinite(gradient);
  const inner = frame.inner && {
    y: frame.inner.y,
    g: follows
      ? frame.inner.g.map((g, i) => g - (x - framed) * (frame.inner?.y[i] ?? 0))
      : frame.inner.g,
  };
  return {
    x,
    value: at(curve.value),
    gradient,
    argmin: follows ? gradient : point.argmin,
    trueGradient: at(curve.reference_gradient),
    predicted: true,
    inner,
  };
}
