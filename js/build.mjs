// Bundles src/ into ../aewidgets/widgets/static, which is in git and in the wheel: `npm ci && npm run build`.
// `node build.mjs FOLDER` writes elsewhere, which is how a test compares.
import { build } from "esbuild";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, "../aewidgets/widgets/static"));
const shared = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  charset: "utf8",
  legalComments: "none", // the licences stand in LICENSES.txt, whole
  loader: { ".css": "text" },
  target: ["es2022"],
  logLevel: "warning",
};

await mkdir(out, { recursive: true });
await build({
  ...shared,
  entryPoints: ["src/studio.js"],
  outfile: join(out, "studio.js"),
  format: "esm",
  banner: { js: "// Built from js/ by esbuild; holds uPlot, (c) Leon Sorokin, MIT: see LICENSES.txt beside this file." },
});
await build({ ...shared, entryPoints: ["src/host.js"], outfile: join(out, "host.js"), format: "iife" });
const licence = await readFile(join(here, "node_modules/uplot/LICENSE"), "utf8");
await writeFile(join(out, "LICENSES.txt"), `studio.js holds uPlot 1.6 (https://github.com/leeoniya/uPlot):\n\n${licence}`);
