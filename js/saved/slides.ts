/*! Contains reveal.js, Copyright (C) 2011-2026 Hakim El Hattab, MIT license: https://revealjs.com */
// Slides: cells in sections, shown one after the other.
import Reveal from "reveal.js";

/** Slides are laid out in so many pixels, and scaled to the screen. */
const WIDTH = 1280;
const HEIGHT = 720;

/** Resolves when the first slide is shown. */
export async function startSlides(root: HTMLElement): Promise<void> {
  // nbconvert stands every slide in a stack, also one that is alone, which makes numbers of two.
  for (const stack of root.querySelectorAll<HTMLElement>(".slides > section")) {
    const [only, ...others] = stack.children;
    if (only?.tagName === "SECTION" && !others.length) stack.replaceWith(only);
  }
  const deck = new Reveal(root, {
    width: WIDTH,
    height: HEIGHT,
    margin: 0.02,
    center: false,
    hash: true,
    slideNumber: "c/t",
    transition: "none",
    // Keys that a widget has the focus for are its own.
    keyboardCondition: (event: KeyboardEvent) =>
      !(event.target instanceof Element && event.target.closest(".gradwidget")),
  });
  await deck.initialize();
}
