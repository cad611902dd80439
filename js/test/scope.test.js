import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { transformSync } from "esbuild";
import { scoped } from "../src/core/scope.js";

const SRC = new URL("../src", import.meta.url).pathname;
const sheets = readdirSync(SRC).filter((name) => name !== "core" && statSync(join(SRC, name)).isDirectory())
  .flatMap((folder) => readdirSync(join(SRC, folder)).filter((name) => name.endsWith(".css")).map((name) => join(SRC, folder, name)));

test("a rule is for the roots of its own widget, and weighs what it did", () => {
  assert.equal(scoped(".aew-card,.aew .aew-b>i{x:y}", "aew-monitor"), ":where(.aew-monitor) .aew-card,.aew:where(.aew-monitor) .aew-b>i{x:y}");
  assert.equal(scoped(".aew-dropping .aew-stage{x:y}", "aew-denoise"), ".aew-dropping:where(.aew-denoise) .aew-stage{x:y}");
  assert.equal(scoped("@container (max-width:9px){.a :is(b,c){x:y}}", "aew-x"), "@container (max-width:9px){:where(.aew-x) .a :is(b,c){x:y}}");
});

test("no rule of a widget's own sheet reaches into another widget", () => {
  assert.ok(sheets.length >= 5);
  for (const path of sheets) {
    const { code } = transformSync(readFileSync(path, "utf8"), { loader: "css", minify: true });
    for (const [, rule] of scoped(code.trim(), "aew-x").matchAll(/([^{}]+)\{/g)) {
      if (!rule.startsWith("@")) assert.match(rule, /^(:where\(\.aew-x\) |\.aew(-\w+)?:where\(\.aew-x\))/, `${path}: ${rule}`);
    }
  }
});
