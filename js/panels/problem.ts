import { FOCUSABLE, h, setText } from "./dom.ts";
import { CONTROL } from "./look.ts";
import { type Panel, touches, type View } from "./view.ts";

/** The label by which the menu is found again in the view of another problem. */
export const PROBLEM = "problem";

/** Which problem it is, what is known of it, and those that may take its place; null for one alone. */
export function createProblem(view: View): Panel | null {
  const { title, problems, description, source } = view.store.state.spec;
  if (!problems || problems.length < 2) return null;
  const options = problems.map((name) =>
    h("option", "", { value: name, selected: name === title }, name.replaceAll("_", " ")),
  );
  const select = h("select", "field", { "aria-label": PROBLEM, ...FOCUSABLE }, ...options);
  const note = h("p", "preset-sentence", { role: "note" }, description);
  if (source) note.append(" ", h("span", "source", {}, source));
  note.hidden = !description;
  const waiting = h("span", "reason", { role: "status" });
  select.addEventListener(
    "change",
    () => {
      setText(waiting, "on its way…");
      view.actions.problem(select.value);
    },
    { signal: view.signal },
  );
  return {
    element: h("div", "preset", { [CONTROL]: "problem" }, select, waiting, note),
    update(state, changed) {
      // It was refused, or nobody is there.
      if (touches(changed, "alert", "status") && (state.alert || state.status.state === "gone")) {
        select.value = title;
        setText(waiting, "");
      }
    },
  };
}
