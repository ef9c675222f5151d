// The widget in a plain page, with a kernel in the page: to look at it without Jupyter.
import widget from "../../../js/index.ts";
import { createModel, Kernel } from "../support/host.ts";
import * as power from "../support/power.ts";

const query = new URLSearchParams(location.search);
const values = Object.fromEntries(
  [...query].filter(([name]) => ["x", "p"].includes(name)).map(([name, v]) => [name, Number(v)]),
);
const model = createModel(
  { ...values, solver: query.get("solver") ?? "safeguarded" },
  { controls: query.get("controls") ?? "simple" },
);
new Kernel(model, 8);
if (query.get("theme") === "dark") document.body.classList.add("dark");
const el = document.createElement("div");
document.body.append(el);
const end = new AbortController();
const props = { model: model.asAnyModel(), el, signal: end.signal };
widget.render(props as unknown as Parameters<typeof widget.render>[0]);
// At hand in the console.
Object.assign(window, { model, end, power });
