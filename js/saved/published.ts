// A published notebook: its formulas, its slides, and every widget of it, without a kernel.
import type { Segment } from "./fragment.ts";
import { SavedModel } from "./model.ts";
import { bytesOf, moduleOf, textOf } from "./modules.ts";
import { picturesOf } from "./picture.ts";
import { createThemeButton } from "./theme.ts";

/** What a page knows of a widget (notebook/_document.py); what widgets share is given by name. */
interface Published {
  values: Record<string, unknown>;
  look: Record<string, unknown>;
  segments: readonly Segment[];
  spec: string;
  modules: { gradient: string; sampler: string };
}

interface Carried {
  widgets: Record<string, Published>;
  specs: Record<string, unknown>;
}

const ofPage = (name: string) => `gradwidget:${name}`;

const bytes = new Map<string, Uint8Array>();

/** The same bytes for the widgets of one problem. */
function sharedBytes(name: string): Uint8Array {
  const known = bytes.get(name) ?? bytesOf(ofPage(name));
  bytes.set(name, known);
  return known;
}

function modelOf({ values, look, segments, modules }: Published, _spec: unknown): SavedModel {
  return new SavedModel({
    ...values,
    ...look,
    _spec,
    _segments: segments,
    _alone: true,
    _page_code: sharedBytes(modules.gradient),
    _page_sampler: sharedBytes(modules.sampler),
    _frame: null,
    _chain: null,
    _status: null,
  });
}

/** Nothing is waited for longer than so many milliseconds. */
const PATIENCE = 1000;
const patience = () => new Promise((done) => setTimeout(done, PATIENCE));

/** When a frame has been painted. */
const nextFrame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

/** When a widget has been painted first. */
const painted = (el: HTMLElement) =>
  new Promise<void>((done) => {
    const observer = new MutationObserver(() => {
      observer.disconnect();
      done();
    });
    observer.observe(el, { subtree: true, attributeFilter: ["data-painted"] });
  });

async function showWidgets(): Promise<void> {
  const places = document.querySelectorAll<HTMLElement>("[data-gradwidget]");
  if (!places.length) return;
  const { default: widget } = await moduleOf(ofPage("front-end"));
  const { widgets, specs }: Carried = JSON.parse(textOf(ofPage("widgets")));
  // A widget that is shown twice is one.
  const models = new Map<string, SavedModel>();
  for (const place of places) {
    const name = place.dataset.gradwidget ?? "";
    const published = widgets[name];
    if (!published) continue;
    const model = models.get(name) ?? modelOf(published, specs[published.spec]);
    models.set(name, model);
    const el = document.createElement("div");
    place.prepend(el);
    model.set("_pictures", picturesOf(el));
    widget.render({ model, el, signal: new AbortController().signal });
    place.dataset.alive = "";
    // What is seen first does not wait for the others; a page in the background paints nothing.
    await (models.size === 1 ? Promise.race([painted(el), patience()]) : nextFrame());
  }
}

async function showFormulas(): Promise<void> {
  const places = document.querySelectorAll<HTMLElement>("[data-formula]");
  if (!places.length) return;
  const { showFormula } = await moduleOf(ofPage("formulas"));
  for (const place of places) showFormula(place, place.dataset.formula === "display");
}

async function showSlides(): Promise<void> {
  const slides = document.querySelector<HTMLElement>(".reveal");
  if (!slides) return;
  const { startSlides } = await moduleOf(ofPage("slides"));
  await startSlides(slides);
}

/** What is larger than its place can be reached, and moved, with keys. */
function letScrollByKeys(): void {
  const boxes = ".jp-OutputArea-output, [data-formula='display'], .slides section";
  for (const box of document.querySelectorAll<HTMLElement>(boxes)) {
    const isLarger = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
    if (isLarger) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

async function open(): Promise<void> {
  createThemeButton();
  await showFormulas(); // they change what is where
  await showSlides();
  await showWidgets();
  letScrollByKeys();
  addEventListener("resize", letScrollByKeys);
  document.documentElement.dataset.ready = "";
}

void open();
