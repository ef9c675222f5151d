import { formatField } from "../draw/format.ts";
import { type Bounds, parseNumber, refusal } from "../state/check.ts";
import { FOCUSABLE, h, setAttributes } from "./dom.ts";
import type { View } from "./view.ts";

/** A field for a number. It shows the accepted value whenever it is not being typed in. */
export interface Field {
  element: HTMLInputElement;
  show(value: unknown): void;
}

export interface FieldOptions {
  /** Trait that it sets, unless `commit` takes what was typed. */
  name: string;
  commit?(value: unknown): void;
  /** Accessible name. */
  label: string;
  bounds: Bounds;
  /** Reads what a number alone cannot say; undefined means that the text is refused. */
  parse?(text: string): unknown;
}

export function createField(view: View, options: FieldOptions): Field {
  const { actions, signal } = view;
  const { name, label, bounds } = options;
  const element = h("input", "field", {
    type: "text",
    inputmode: "decimal",
    role: "spinbutton",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": label,
    ...FOCUSABLE,
  });
  let accepted: unknown;
  let editing = false;
  const write = () => {
    element.value = formatField(accepted);
    editing = false;
  };
  const commit = () => {
    if (!editing) return;
    const text = element.value;
    const special = options.parse?.(text);
    const sentence = special === undefined ? refusal(label, text, bounds) : null;
    if (sentence) {
      write();
      actions.alert(sentence);
      return;
    }
    editing = false;
    accepted = special ?? parseNumber(text);
    if (options.commit) options.commit(accepted);
    else actions.change(name, accepted, true);
  };
  element.addEventListener(
    "input",
    () => {
      editing = true;
    },
    { signal },
  );
  element.addEventListener("change", commit, { signal });
  element.addEventListener("blur", commit, { signal });
  element.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Enter") commit();
      if (event.key === "Escape") write();
    },
    { signal },
  );
  return {
    element,
    show(value) {
      accepted = value;
      setAttributes(element, {
        "aria-valuenow": typeof value === "number" && Number.isFinite(value) ? value : null,
        "aria-valuetext": formatField(value),
        "aria-valuemin": bounds.min,
        "aria-valuemax": bounds.max,
      });
      if (!editing) write();
    },
  };
}
