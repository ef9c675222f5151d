// Bundles the front end: one ESM file (hosts load it from a blob, which forbids chunks) and one
// CSS file, into the Python package.
import { build, context } from "esbuild";

const options = {
  entryPoints: [
    { in: "js/index.ts", out: "widget" },
    { in: "js/style/widget.css", out: "widget" },
  ],
  outdir: "src/gradwidget/static",
  bundle: true,
  format: "esm",
  target: ["es2022", "chrome110", "firefox115", "safari16.4"],
  minify: true,
  legalComments: "none",
  logLevel: "info",
};

if (process.argv.includes("--watch")) {
  await (await context(options)).watch();
} else {
  await build(options);
}
