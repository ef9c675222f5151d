// The rooms of the front end and who may enter which (docs: architecture).
const room = (name) => `^js/${name}/`;
const forbid = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    forbid("no-circles", "Data flows one way.", {}, { circular: true }),
    forbid(
      "draw-is-pure",
      "Drawing knows a context, data, scales and a theme; nothing of state, model or page.",
      { path: room("draw") },
      { path: "^js/", pathNot: room("draw") },
    ),
    forbid(
      "state-stands-alone",
      "State knows neither engines nor panels nor drawing.",
      { path: room("state") },
      { path: "^js/", pathNot: room("state") },
    ),
    forbid(
      "engines-know-state-only",
      "An engine answers; it does not draw.",
      { path: room("engine") },
      { path: "^js/", pathNot: `${room("engine")}|${room("state")}` },
    ),
    forbid(
      "panels-ask-through-actions",
      "Panels read the state and ask through its actions, never an engine.",
      { path: room("panels") },
      { path: room("engine") },
    ),
    forbid(
      "only-sync-touches-the-model",
      "sync.ts is the only file that touches the model; index.ts gets it from the host.",
      { path: "^js/", pathNot: "^js/(index|state/sync)\\.ts$" },
      { path: "@anywidget/types" },
    ),
    forbid(
      "a-saved-page-is-a-host",
      "A host knows the widget as a module that it loads, nothing of what is inside.",
      { path: room("saved") },
      { path: "^js/", pathNot: room("saved") },
    ),
    forbid(
      "index-is-the-top",
      "Nobody imports the wiring.",
      { path: "^js/" },
      { path: "^js/index\\.ts$" },
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    parser: "swc",
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".js"] },
  },
};
