import type { State } from "../state/state.ts";
import { setAttributes } from "./dom.ts";
import { type Panel, touches, type View } from "./view.ts";

/** The name of the input that an element sets, or of what its button does. */
export const CONTROL = "data-control";

type Setter = HTMLInputElement | HTMLSelectElement | HTMLButtonElement;

/**
 * What a lecturer leaves out, locks and enlarges. It comes after the panels: what they disable for
 * reasons of their own stays so.
 */
export function createLook(_view: View, root: HTMLElement): Panel {
  const locked = new Set<Setter>();
  const lock = ({ look, status }: State) => {
    const why = status.cannot?.locked ?? "locked: it can be set from Python";
    for (const element of locked) element.disabled = false;
    locked.clear();
    for (const control of root.querySelectorAll<HTMLElement>(`[${CONTROL}]`)) {
      const isLocked = look.lock.includes(control.getAttribute(CONTROL) ?? "");
      const title = isLocked ? why : null;
      if (isLocked || control.hasAttribute("data-locked")) {
        setAttributes(control, { "data-locked": isLocked, title });
      }
      if (["slider", "application"].includes(control.getAttribute("role") ?? "")) {
        setAttributes(control, { "aria-disabled": isLocked || null });
      }
      if (!isLocked) continue;
      const within = control.querySelectorAll<Setter>("input, select, button");
      for (const element of control.matches("input, select, button")
        ? [control as Setter]
        : within) {
        if (element.disabled) continue;
        element.disabled = true;
        locked.add(element);
      }
    }
  };
  const leaveOut = ({ look }: State) => {
    for (const control of root.querySelectorAll<HTMLElement>(`[${CONTROL}]`)) {
      const name = control.getAttribute(CONTROL) ?? "";
      const isLeftOut = look.controls !== null && !look.controls.includes(name);
      // What lies on a plot is part of it.
      if (!control.closest(".gw-overlay")) setAttributes(control, { "data-left-out": isLeftOut });
    }
  };
  return {
    element: root,
    update(state, changed) {
      if (touches(changed, "look")) {
        const { view, projector, controls } = state.look;
        setAttributes(root, {
          "data-view": view,
          "data-projector": projector,
          "data-chosen": controls !== null,
        });
        leaveOut(state);
      }
      // What else decides on a control has had its say by then.
      const isLocking =
        state.look.lock.length && touches(changed, "status", "drawsNumber", "running");
      if (isLocking || touches(changed, "look", "values")) lock(state);
    },
  };
}
