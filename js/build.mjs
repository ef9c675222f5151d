// Bundles the front end: one ESM file (hosts load it from a blob, which forbids chunks) and one
// CSS file, into the Python package; beside them what pages need that stand alone.
import { readFile, writeFile } from "node:fs/promises";
import { minify } from "@swc/core";
import { build, context } from "esbuild";

const options = {
  entryPoints: [
    { in: "js/index.ts", out: "widget" },
    { in: "js/style/widget.css", out: "widget" },
    { in: "js/saved/index.ts", out: "saved" },
    { in: "js/saved/published.ts", out: "published" },
    { in: "js/saved/formulas.ts", out: "formulas" },
    { in: "js/saved/slides.ts", out: "slides" },
    { in: "js/style/notebook.css", out: "notebook" },
    { in: "js/style/slides.css", out: "slides" },
  ],
  outdir: "src/gradwidget/static",
  bundle: true,
  format: "esm",
  target: ["es2022", "chrome110", "firefox115", "safari16.4"],
  minify: true,
  legalComments: "inline",
  logLevel: "info",
};

/** Parts of the engine that pages without a kernel bring along, in the module of a problem. */
const brought = ["survey", "recorded"].map((name) => ({
  ...options,
  entryPoints: [{ in: `js/engine/${name}.ts`, out: name }],
  format: "iife",
  globalName: name,
}));

if (process.argv.includes("--watch")) {
  for (const each of [options, ...brought]) await (await context(each)).watch();
} else {
  for (const each of [options, ...brought]) await build(each);
  // A second minifier finds what the first one leaves: 5 % of what travels.
  for (const name of ["widget", "formulas"]) {
    const path = `${options.outdir}/${name}.js`;
    const source = await readFile(path, "utf8");
    const format = { comments: "some" };
    const { code } = await minify(source, { module: true, compress: true, mangle: true, format });
    await writeFile(path, code);
  }
}
