// What the page around the widget is like: its theme, and the room it gives.

/** The element and those around it, out of shadow roots too. */
function* around(element: Element): Generator<Element> {
  let node: Node | null = element;
  while (node) {
    if (node instanceof Element) yield node;
    node = node instanceof ShadowRoot ? node.host : node.parentNode;
  }
}

/** What an element says of its theme in words, as hosts do. */
function declared(element: Element): "light" | "dark" | null {
  const jupyter = element.getAttribute("data-jp-theme-light");
  if (jupyter) return jupyter === "true" ? "light" : "dark";
  const word =
    element.getAttribute("data-theme") ??
    element.getAttribute("data-bs-theme") ??
    element.getAttribute("data-vscode-theme-kind") ??
    "";
  if (/dark/i.test(word)) return "dark";
  if (/light/i.test(word)) return "light";
  if (element.matches(".dark, .dark-theme, .dark-mode, .theme-dark")) return "dark";
  if (element.matches(".light, .light-theme, .light-mode, .theme-light")) return "light";
  return null;
}

/** Whether a background is dark; null when one looks through it. */
function isDark(color: string): boolean | null {
  const [r, g, b, alpha = 1] = (color.match(/[\d.]+/g) ?? []).map(Number);
  if (r === undefined || g === undefined || b === undefined || alpha < 0.5) return null;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 128;
}

/** The theme of the page around an element: what it declares, what it looks like, what is preferred. */
export function hostTheme(element: Element, prefersDark: boolean): "light" | "dark" {
  const ancestors = [...around(element)].slice(1);
  for (const ancestor of ancestors) {
    const theme = declared(ancestor);
    if (theme) return theme;
  }
  for (const ancestor of ancestors) {
    const dark = isDark(getComputedStyle(ancestor).backgroundColor);
    if (dark !== null) return dark ? "dark" : "light";
  }
  const page = ancestors.at(-1);
  const scheme = page ? getComputedStyle(page).colorScheme : "";
  // A page without a background is white, unless it leaves its colours to the reader's preference.
  return prefersDark && /dark/.test(scheme) ? "dark" : "light";
}

const THEME_ATTRIBUTES = [
  "class",
  "style",
  "data-jp-theme-light",
  "data-theme",
  "data-bs-theme",
  "data-vscode-theme-kind",
];

/**
 * Tells the host's theme now and whenever it changes.
 * @returns looks again: hosts render into an element that is not in the page yet, and move it.
 */
export function watchTheme(
  element: Element,
  tell: (theme: "light" | "dark") => void,
  signal: AbortSignal,
): () => void {
  const preference = matchMedia("(prefers-color-scheme: dark)");
  const read = () => tell(hostTheme(element, preference.matches));
  const observer = new MutationObserver(read);
  let watched: Element[] = [];
  const look = () => {
    const ancestors = [...around(element)].slice(1);
    if (ancestors.some((ancestor, i) => ancestor !== watched[i])) {
      observer.disconnect();
      for (const ancestor of ancestors) {
        observer.observe(ancestor, { attributes: true, attributeFilter: THEME_ATTRIBUTES });
      }
      watched = ancestors;
    }
    read();
  };
  preference.addEventListener("change", read, { signal });
  signal.addEventListener("abort", () => observer.disconnect());
  look();
  return look;
}

/** Tells when an element has got another size, also when it had none at first. */
export function watchSize(element: Element, tell: () => void, signal: AbortSignal): void {
  const observer = new ResizeObserver(tell);
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect());
}

/** Tells whether an element can be seen. */
export function watchVisibility(
  element: Element,
  tell: (visible: boolean) => void,
  signal: AbortSignal,
): void {
  const observer = new IntersectionObserver((entries) => {
    tell(entries.at(-1)?.isIntersecting ?? true);
  });
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect());
}
