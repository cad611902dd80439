import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { scoped } from "../scope.mjs";

const SRC = new URL("../src", import.meta.url).pathname;
const sheets = readdirSync(SRC).filter((name) => statSync(join(SRC, name)).isDirectory())
  .flatMap((folder) => readdirSync(join(SRC, folder)).filter((name) => name.endsWith(".css")).map((name) => [folder, readFileSync(join(SRC, folder, name), "utf8")]));

test("a rule is for the roots of its own widget, and weighs what it did", () => {
  assert.equal(scoped(".aew-card, .aew .aew-b > i { x: y }", "monitor"), ":where(.aew-monitor) .aew-card, .aew:where(.aew-monitor) .aew-b > i{ x: y }");
  assert.equal(scoped(".aew-dropping .aew-stage { x: y }", "denoise"), ".aew-dropping:where(.aew-denoise) .aew-stage{ x: y }");
  assert.equal(scoped("@container (max-width: 9px) { .a :is(b, c) { x: y } }", "studio"), "@container (max-width: 9px) {:where(.aew-compression) .a :is(b, c){ x: y } }");
  assert.equal(scoped(".aew { x: y }", "core"), ".aew { x: y }");
});

test("no rule of a widget's own sheet reaches into another widget", () => {
  for (const [folder, css] of sheets) {
    if (folder === "core") continue;
    for (const [, rule] of scoped(css, folder).matchAll(/([^{}]+)\{/g)) {
      if (!rule.trim().startsWith("@")) assert.match(rule, /:where\((:is\()?\.aew-/, `${folder}: ${rule}`);
    }
  }
});
