/*! Contains Temml, Copyright (c) 2020 Ron Kok, MIT license: https://temml.org */
// Formulas: TeX as MathML, which browsers draw by themselves, without fonts to be loaded.
import temml from "temml";

/** What one formula defines by \gdef, the following ones know. */
const macros = {};

/** Puts the formula in the place of its text. */
export function showFormula(place: HTMLElement, isDisplay: boolean): void {
  const text = place.textContent ?? "";
  temml.render(text, place, { displayMode: isDisplay, macros, throwOnError: false });
  place.querySelector("math")?.setAttribute("aria-label", text.trim());
}
