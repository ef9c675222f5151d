/** What drawing needs to know of the look; every value comes from the style sheet. */
export interface Theme {
  font: string;
  ink: string;
  muted: string;
  grid: string;
  surface: string;
  accent: string;
  reference: string;
  referenceWide: string;
  wrong: string;
  agree: string;
  /** One colour for each of the first chains; dashes tell the further ones apart. */
  chains: string[];
  /** Colours from a small error to a large one, ever further from the surface. */
  heat: string[];
}

const CHAINS = 4;
const HEATS = 5;

/** Reads the theme from the custom properties of an element. */
export function readTheme(element: Element): Theme {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(`--gw-${name}`).trim();
  return {
    font: style.fontFamily,
    ink: read("ink"),
    muted: read("muted"),
    grid: read("grid"),
    surface: read("surface"),
    accent: read("accent"),
    reference: read("reference"),
    referenceWide: read("reference-wide"),
    wrong: read("wrong"),
    agree: read("agree"),
    chains: Array.from({ length: CHAINS }, (_, i) => read(`chain-${i + 1}`)),
    heat: Array.from({ length: HEATS }, (_, i) => read(`heat-${i + 1}`)),
  };
}

const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 3], [9, 3, 2, 3]];

/** The colour, the dash and the shape of a chain: together its own for the first 16. */
export function chainStyle(
  theme: Theme,
  chain: number,
): { color: string; dash: number[]; shape: number } {
  const color = theme.chains[chain % CHAINS] ?? theme.accent;
  const shape = (chain + Math.floor(chain / CHAINS)) % DASHES.length;
  return { color, dash: [...(DASHES[shape] ?? [])], shape };
}
