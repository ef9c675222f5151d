import { button, h, setAttributes, setText, uniqueId } from "./dom.ts";
import { CONTROL } from "./look.ts";
import { type Panel, touches, type View } from "./view.ts";

/** What can be copied: its name, and that of a file of it. */
const ITEMS: Record<string, readonly [name: string, file?: string]> = {
  link: ["Link"],
  python: ["Python line"],
  script: ["Script", "gradwidget.py"],
  png: ["PNG", "gradwidget.png"],
  svg: ["SVG", "gradwidget.svg"],
  csv: ["CSV", "draws.csv"],
};

const REFUSED = "The browser keeps this page from the clipboard:";

/** Hands what the widget shows to the clipboard, as text or as a picture. */
export function createCopy(view: View): Panel & { open: HTMLButtonElement } {
  const { actions, signal } = view;
  const reason = h("span", "reason", { id: uniqueId("reason") });
  const said = h("span", "muted", { role: "status" });
  const file = h("a", "", { "data-lm-suppress-shortcuts": "true" }, "Save as a file");
  const text = h("textarea", "field", { "aria-label": "text to copy", readonly: true, rows: 5 });
  setAttributes(text, { "data-lm-suppress-shortcuts": "true" });
  const buttons = Object.entries(ITEMS).map(([what, [name]]) => {
    const each = button(name, "", signal, () => void copy(what));
    return [what, each] as const;
  });
  const element = h(
    "div",
    "copy",
    { id: uniqueId("copy"), role: "group", "aria-label": "copy", [CONTROL]: "copy", hidden: true },
    ...buttons.map(([, each]) => each),
    said,
    file,
    reason,
    text,
  );
  const open = button("Copy", "settings-button", signal, () => {
    element.hidden = !element.hidden;
    clear("");
  });
  setAttributes(open, { "aria-controls": element.id, [CONTROL]: "copy" });

  const clear = (sentence: string) => {
    URL.revokeObjectURL(file.href);
    file.hidden = text.hidden = true;
    setText(said, sentence);
    setAttributes(open, { "aria-expanded": String(!element.hidden) });
  };

  let newest = "";
  const copy = async (what: string) => {
    newest = what;
    clear("…");
    const made = actions.copy(what);
    const type = what === "png" ? "image/png" : "text/plain";
    // Asked for at once, while the press of the button counts: some browsers refuse it later.
    const written = Promise.resolve()
      .then(() => navigator.clipboard.write([new ClipboardItem({ [type]: made })]))
      .then(
        () => true,
        () => false,
      );
    try {
      const blob = await made;
      const isWritten = await written;
      if (what !== newest) return;
      const [name, fileName] = ITEMS[what] ?? [what];
      const isText = type === "text/plain";
      const instead = `${REFUSED} ${isText ? "copy it from here." : "save it as a file."}`;
      clear(isWritten ? `${name} copied.` : instead);
      if (fileName) {
        file.href = URL.createObjectURL(blob);
        file.download = fileName;
        file.hidden = false;
      }
      if (isWritten || !isText) return;
      text.value = await blob.text();
      text.hidden = false;
      text.focus();
      text.select();
    } catch (error) {
      if (what === newest) clear(error instanceof Error ? error.message : String(error));
    }
  };
  signal.addEventListener("abort", () => clear(""));
  clear("");

  return {
    element,
    open,
    update({ status }, changed) {
      if (!touches(changed, "status")) return;
      const refusals = status.cannot?.copy ?? {};
      for (const [what, each] of buttons) {
        // Only a page without a kernel can be gone to.
        if (what === "link") each.hidden = !status.cannot;
        each.disabled = what in refusals;
        setAttributes(each, { "aria-describedby": each.disabled ? reason.id : null });
      }
      setText(reason, [...new Set(Object.values(refusals))].join(" "));
    },
  };
}
