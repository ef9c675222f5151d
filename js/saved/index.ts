// A saved page: the widget without a kernel, its state in the address, and that address as a code.
import qrcode from "qrcode-generator";
import { readFragment, type Segment, writeFragment } from "./fragment.ts";
import { SavedModel } from "./model.ts";
import { bytesOf, moduleOf, textOf } from "./modules.ts";
import { picturesOf } from "./picture.ts";
import { createThemeButton } from "./theme.ts";

/** Time without a change after which the address is written, in milliseconds. */
const QUIET = 300;

/** The address as a picture of squares, made here. */
function drawCode(canvas: HTMLCanvasElement, text: string): void {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  const margin = 4;
  const size = Math.max(2, Math.floor(320 / (count + 2 * margin)));
  canvas.width = canvas.height = size * (count + 2 * margin);
  const context = canvas.getContext("2d");
  if (!context) return;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#000";
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < count; column++) {
      if (code.isDark(row, column)) {
        context.fillRect((column + margin) * size, (row + margin) * size, size, size);
      }
    }
  }
}

function createTools(write: () => void): void {
  createThemeButton();
  const show = document.getElementById("show-code");
  const panel = document.getElementById("code-panel");
  const canvas = document.getElementById("code");
  const address = document.getElementById("address");
  show?.addEventListener("click", () => {
    if (!panel || !address || !(canvas instanceof HTMLCanvasElement)) return;
    panel.hidden = !panel.hidden;
    show.setAttribute("aria-expanded", String(!panel.hidden));
    if (panel.hidden) return;
    write();
    address.textContent = location.href;
    try {
      drawCode(canvas, location.href);
    } catch {
      address.textContent = `This address is too long for a code: ${location.href}`;
    }
  });
}

async function open(): Promise<void> {
  const state = JSON.parse(textOf("state")) as {
    values: Record<string, unknown>;
    look: Record<string, unknown>;
    _spec: unknown;
  };
  const initial = state.values;
  const given = readFragment(location.hash, initial);
  const model = new SavedModel({
    ...initial,
    ...given.values,
    ...state.look,
    _spec: state._spec,
    _segments: given.segments,
    _alone: true,
    _page_code: bytesOf("gradient"),
    _page_sampler: bytesOf("sampler"),
    _frame: null,
    _chain: null,
    _status: null,
  });
  const names = Object.keys(initial);
  const write = () => {
    const values = Object.fromEntries(names.map((name) => [name, model.get(name)]));
    const fragment = writeFragment(values, initial, model.get("_segments") as Segment[]);
    if (`#${fragment}` !== location.hash) history.replaceState(null, "", `#${fragment}`);
  };
  let waiting: ReturnType<typeof setTimeout> | undefined;
  model.on("change", () => {
    clearTimeout(waiting);
    waiting = setTimeout(write, QUIET);
  });
  window.addEventListener("hashchange", () => location.reload());
  createTools(write);
  const el = document.getElementById("widget");
  if (el) model.set("_pictures", picturesOf(el));
  const { default: widget } = await moduleOf("front-end");
  widget.render({ model, el, signal: new AbortController().signal });
  document.documentElement.dataset.ready = "";
}

void open();
