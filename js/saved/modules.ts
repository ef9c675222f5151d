// What a page carries as text: modules, compressed, in elements or from files of their own.

declare global {
  /** By their names, from files that several pages share; browsers let a page of a file load these. */
  var gradwidgetModules: Record<string, string> | undefined;
}

/** The text of an element of the page. */
export const textOf = (id: string) => document.getElementById(id)?.textContent ?? "";

/** A module's compressed text. */
export function bytesOf(id: string): Uint8Array<ArrayBuffer> {
  const text = (globalThis.gradwidgetModules?.[id] ?? textOf(id)).trim();
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** A module from its compressed text. */
// biome-ignore lint/suspicious/noExplicitAny: modules of any kind
export async function moduleOf(id: string): Promise<any> {
  const text = new Blob([bytesOf(id)]).stream().pipeThrough(new DecompressionStream("deflate"));
  const blob = new Blob([await new Response(text).arrayBuffer()], { type: "text/javascript" });
  const url = URL.createObjectURL(blob);
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}
