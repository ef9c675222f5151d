import { button, h } from "./dom.ts";
import type { Panel, View } from "./view.ts";

/** A refusal, until it is dismissed or something is accepted. */
export function createAlert(view: View): Panel {
  const element = h("div", "alerts");
  const dismiss = () => view.actions.alert(null);
  return {
    element,
    update({ alert }, changed) {
      if (!changed.has("alert")) return;
      // A new element each time, so that the same sentence is announced again.
      if (alert === null) element.replaceChildren();
      else {
        element.replaceChildren(
          h(
            "div",
            "alert",
            {},
            h("span", "", { role: "alert" }, alert.sentence),
            button("Dismiss", "quiet", view.signal, dismiss),
          ),
        );
      }
    },
  };
}
