import { FOCUSABLE, h, setAttributes, setText, uniqueId } from "./dom.ts";
import { ABOUT_KEYS } from "./shortcuts.ts";
import type { Panel, View } from "./view.ts";

/** Which engine answers and how it is; the whole story on demand. */
export function createStatus(view: View): Panel {
  const text = h("span", "status-text");
  const live = h("span", "status", { role: "status" }, h("span", "lamp"), text);
  const id = uniqueId("detail");
  const more = h(
    "button",
    "more",
    {
      type: "button",
      "aria-label": "About the engine",
      "aria-expanded": "false",
      "aria-controls": id,
      ...FOCUSABLE,
    },
    "?",
  );
  const about = h("p");
  const detail = h("div", "status-detail", { id, hidden: true }, about, h("p", "", {}, ABOUT_KEYS));
  const element = h("div", "engine", {}, live, more, detail);
  const show = (open: boolean) => {
    detail.hidden = !open;
    more.setAttribute("aria-expanded", String(open));
  };
  more.addEventListener("click", () => show(detail.hidden !== false), { signal: view.signal });
  more.addEventListener("blur", () => show(false), { signal: view.signal });
  element.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Escape") show(false);
    },
    { signal: view.signal },
  );
  return {
    element,
    update({ status }, changed) {
      if (!changed.has("status")) return;
      setText(text, status.state === "gone" ? status.text : `${status.engine} · ${status.text}`);
      setText(about, status.detail);
      setAttributes(element, { "data-state": status.state });
    },
  };
}
