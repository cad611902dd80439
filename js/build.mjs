// Bundles src/ into ../aewidgets/widgets/static, which is in git and in the wheel: `npm ci && npm run build`.
// `node build.mjs FOLDER` writes elsewhere, which is how a test compares.
import { build, transform } from "esbuild";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, "../aewidgets/widgets/static"));
// Style sheets are part of the modules, as text, hence minified here.
const styles = {
  name: "styles",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true, charset: "utf8" });
      return { contents: code.trim(), loader: "text" };
    }),
};
// Parts of uPlot that no chart here has; bars are the monitor's alone.
const UNUSED = ["(paths.stepped = stepped);", "(paths.spline  = monotoneCubic);", "uPlot.fmtDate = fmtDate;", "uPlot.tzDate  = tzDate;"];
const charts = (module) => ({
  name: "charts",
  setup: ({ onLoad }) =>
    onLoad({ filter: /uPlot\.esm\.js$/ }, async ({ path }) => {
      let contents = await readFile(path, "utf8");
      for (const line of module === "monitor" ? UNUSED : [...UNUSED, "(paths.bars    = bars);"]) {
        if (!contents.includes(line)) throw new Error(`${path}: expected a line ${line}`);
        contents = contents.replace(line, "");
      }
      return { contents };
    }),
});
const shared = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  charset: "utf8",
  legalComments: "none", // the licences stand in LICENSES.txt, whole
  plugins: [styles],
  target: ["es2022"],
  logLevel: "warning",
};

await mkdir(out, { recursive: true });
for (const name of ["monitor", "studio", "denoise", "inspector", "compare"]) {
  await build({
    ...shared,
    entryPoints: [`src/${name}.js`],
    outfile: join(out, `${name}.js`),
    plugins: [styles, charts(name)],
    format: "esm",
    banner: { js: name === "compare" ? "// Built from js/ by esbuild." : "// Built from js/ by esbuild; holds uPlot, (c) Leon Sorokin, MIT: see LICENSES.txt beside this file." },
  });
}
await build({
  ...shared,
  entryPoints: ["src/explorer.js"],
  outfile: join(out, "explorer.js"),
  format: "esm",
  banner: { js: "// Built from js/ by esbuild; holds regl-scatterplot, (c) Fritz Lekschas, MIT, and what it needs: see LICENSES.txt beside this file." },
});
await build({ ...shared, entryPoints: ["src/host.js"], outfile: join(out, "host.js"), format: "iife" });
// Package -> the file of its licence, and what to call it.
const packages = {
  uplot: ["LICENSE", "monitor.js, studio.js, denoise.js and inspector.js hold uPlot 1.6 (https://github.com/leeoniya/uPlot)"],
  "regl-scatterplot": ["LICENSE", "explorer.js holds regl-scatterplot 1.16 (https://github.com/flekschas/regl-scatterplot)"],
  regl: ["LICENSE", "and regl 2.1 (https://github.com/regl-project/regl)"],
  "regl-line": ["LICENSE", "and regl-line 1.1 (https://github.com/flekschas/regl-line)"],
  "dom-2d-camera": ["LICENSE.md", "and dom-2d-camera 2.2 (https://github.com/flekschas/dom-2d-camera)"],
  "camera-2d-simple": ["LICENSE", "and camera-2d-simple 3.0 (https://github.com/flekschas/camera-2d)"],
  "pub-sub-es": ["LICENSE", "and pub-sub-es 3.0 (https://github.com/flekschas/pub-sub)"],
  "@flekschas/utils": ["LICENSE", "and @flekschas/utils 0.33 (https://github.com/flekschas/utils)"],
  "gl-matrix": ["LICENSE.md", "and gl-matrix 3.4 (https://github.com/toji/gl-matrix)"],
  earcut: ["LICENSE", "and earcut 3.2 (https://github.com/mapbox/earcut)"],
};
const licences = [];
for (const [name, [file, words]] of Object.entries(packages)) {
  const text = await readFile(join(here, "node_modules", name, file), "utf8");
  licences.push(`${words}:\n\n${text.trim()}\n`);
}
await writeFile(join(out, "LICENSES.txt"), licences.join("\n\n"));
