import assert from "node:assert/strict";
import { test } from "node:test";
import { blend, dimmed, LOWERS, overlay, RAISES, signedBytes, SIZE } from "../src/inspector/colours.js";
import { block, edges } from "../src/inspector/layers.js";
import { offline } from "../src/inspector/offline.js";
import { inWords, label, layout } from "../src/inspector/tree.js";
import { colourUnits, montage, unitAt } from "../src/inspector/units.js";
import { axes, failed, family, short, unravel, verdict, warning } from "../src/inspector/words.js";
import { fakeModel } from "./model.js";

const rgba = (...pixels) => Uint8ClampedArray.from(pixels.flatMap((p) => [...p, 255]));

test("a map of nothing is the dimmed picture, its strongest are whole colours, and size has no sign", () => {
  const gray = Math.round(dimmed(90, 90, 90));
  const out = overlay(Int8Array.of(0, 127, -127), rgba([90, 90, 90], [90, 90, 90], [90, 90, 90]), true);
  assert.deepEqual([...out], [gray, gray, gray, 255, ...RAISES, 255, ...LOWERS, 255]);
  assert.deepEqual(blend(0, -1, false), SIZE);
  assert.deepEqual([...overlay(Int8Array.of(0), null, true)], [24, 24, 24, 255]);
});

test("bytes keep their sign wherever in a buffer they lie", () => {
  const { buffer } = new Uint8Array([9, 129, 127]);
  assert.deepEqual([...signedBytes(new DataView(buffer, 1, 2))], [-127, 127]);
});

test("an index along all axes is one for each, and back where it is that already", () => {
  assert.deepEqual(unravel([23], [2, 3, 4]), [1, 2, 3]);
  assert.deepEqual(unravel([1, 2, 3], [2, 3, 4]), [1, 2, 3]);
  assert.deepEqual([axes([5]), axes([2, 3, 4]), axes([7, 8])], [["unit"], ["row", "column", "channel"], ["axis 1", "axis 2"]]);
});

test("figures have few digits, and a minus that is one", () => {
  assert.deepEqual([0.12345, -3.5028, 0, 1234.5, 1e-7, -2e9, null, NaN].map(short), ["0.123", "−3.5", "0", "1230", "1.00e−7", "−2.00e9", "–", "–"]);
});

test("all rules of LRP are one method of the page", () => {
  assert.deepEqual(["lrp-epsilon", "lrp-z-box", "grad-cam"].map(family), ["lrp", "lrp", "grad-cam"]);
});

const check = (passes) => ({ passes, reason: "" });
const all = (sum, deletion, randomisation) => ({ sum: check(sum), deletion: check(deletion), randomisation: check(randomisation) });
const METHODS = [{ name: "gradient", label: "Gradient", why: "" }, { name: "lrp-gamma", label: "LRP, gamma", why: "" }, { name: "grad-cam", label: "Grad-CAM", why: "no map" }];

test("a method that fails a check is warned of by its name, one that has no map is not counted", () => {
  const words = warning(METHODS, { gradient: all(null, true, true), "lrp-gamma": all(false, true, true) });
  assert.match(words, /^1 of 2 methods fails a check for this target: LRP gamma\. Do not take its map/);
  assert.deepEqual(failed(all(false, null, false)), ["sum", "randomisation"]);
});

test("before its checks a map is warned of, after passing them it is not", () => {
  assert.match(warning(METHODS, { gradient: all(null, true, true) }), /not passed their checks yet/);
  assert.equal(warning(METHODS, { gradient: all(null, true, true), "lrp-gamma": all(true, true, true) }), "");
  assert.deepEqual([undefined, check(null), check(true), check(false)].map(verdict), ["not yet", "–", "passes", "fails"]);
});

// unit 3 <= 0.5 ? (unit 1 <= 2 ? a : b) : c
const TREE = [[3, 0.5, 1, 4, 0, 9], [1, 2, 2, 3, 0, 6], [-1, -2, -1, -1, 0, 2], [-1, -2, -1, -1, 1, 4], [-1, -2, -1, -1, 2, 3]];

test("a tree's leaves lie below each other in their order, and a node between its own", () => {
  const { nodes, edges: ways, depth, leaves } = layout(TREE);
  const at = Object.fromEntries(nodes.map(({ index, x, y }) => [index, [x, y]]));
  assert.deepEqual(at, { 0: [0, 1.25], 1: [1, 0.5], 2: [2, 0], 3: [2, 1], 4: [1, 2] });
  assert.deepEqual([depth, leaves, ways.length, ways.filter(({ yes }) => yes).length], [2, 3, 4, 2]);
  assert.deepEqual(layout([]), { nodes: [], edges: [], depth: 0, leaves: 0 });
});

test("a tree is read aloud", () => {
  const say = (value) => "abc"[value];
  assert.equal(inWords(TREE, say, short), "if unit 3 is at most 0.5, if unit 1 is at most 2, a; otherwise, b; otherwise, c");
  assert.deepEqual([label(TREE[0], say, short), label(TREE[2], say, short)], ["unit 3 ≤ 0.5?", "a (2)"]);
});

test("ways lead from the layers that are read", () => {
  const layers = [{ name: "a", inputs: ["image"] }, { name: "b", inputs: ["a"] }, { name: "c", inputs: ["b", "image"] }];
  assert.deepEqual(edges(layers), [[0, 1], [1, 2], [2, 3], [0, 3]]);
  assert.ok(block([32, 32, 3]).height > block([8, 8, 3]).height);
  assert.ok(block([8, 8, 64]).width > block([8, 8, 3]).width);
  assert.ok(block([1808]).height < 6);
});

test("a click on any channel's pixel is the unit that is painted there", () => {
  const made = { height: 2, width: 3, channels: 5, step: 1, bytes: new DataView(new Int8Array(30).fill(0).buffer) };
  const shape = [2, 3, 5];
  const laid = montage(made);
  for (let channel = 0; channel < 5; channel++) {
    for (let y = 0; y < 2; y++) {
      for (let x = 0; x < 3; x++) {
        new Int8Array(made.bytes.buffer).fill(0)[(y * 3 + x) * 5 + channel] = 127;
        const { pixels, width, height } = colourUnits(made, laid, false);
        const lit = [...Array(width * height).keys()].filter((i) => pixels[4 * i + 3] === 255 && pixels[4 * i] === RAISES[0] && pixels[4 * i + 1] === RAISES[1]);
        assert.equal(lit.length, 1);
        const [px, py] = [(lit[0] % width) + 0.5, Math.floor(lit[0] / width) + 0.5];
        assert.deepEqual(unitAt(px / width, py / height, made, laid, shape), [y, x, channel]);
      }
    }
  }
});

test("a vector's units are cells beside each other, and a gap between channels is no unit", () => {
  const vector = { height: 1, width: 1, channels: 4, step: 1, bytes: new DataView(new Int8Array([0, 127, -127, 0]).buffer) };
  const laid = montage(vector);
  assert.deepEqual(laid, { vector: true, count: 4, columns: 4, rows: 1 });
  assert.deepEqual([0.1, 0.3, 0.99].map((x) => unitAt(x, 0.5, vector, laid, [4])), [[0], [1], [3]]);
  const maps = { height: 2, width: 2, channels: 2, step: 1 };
  assert.equal(unitAt(0.5, 0.5, maps, montage(maps), [2, 2, 2]), null);
});

test("a row of channels stays within its values", () => {
  assert.equal(montage({ height: 32, width: 32, channels: 64 }, 8, 2048).count, 2);
  assert.equal(montage({ height: 64, width: 64, channels: 3 }, 8, 2048).count, 1);
});

test("without a kernel a picture and a target of the page are answered, and a surrogate of this target", () => {
  const [a, b] = [{ kind: "code unit", layer: "", at: [1] }, { kind: "whole error", layer: "", at: [] }];
  const pictures = [0, 4].map((picture) => ({ picture, original: `o${picture}`, reconstruction: "r", activations: {} }));
  const maps = [0, 4].flatMap((picture) => [a, b].map((target) => ({ picture, target })));
  const checks = [a, b].map((target) => ({ target, checks: { of: target.kind } }));
  const surrogates = [a, b].map((target) => ({ of: "target", kind: "tree", target })).concat([{ of: "labels", kind: "tree", target: a }]);
  const model = fakeModel({ picture: 0, target: a, surrogate_of: "target", surrogate_kind: "tree" });
  offline(model, { pictures, maps, checks, surrogates });
  assert.deepEqual([model.get("shown"), model.get("maps"), model.get("checks").of], [0, { picture: 0, target: a }, "code unit"]);
  model.set("picture", 4);
  model.set("target", { ...b });
  model.set("_ask", { number: 3 });
  assert.deepEqual([model.get("original"), model.get("maps"), model.get("checks").of, model.get("answered")], ["o4", { picture: 4, target: b }, "whole error", 3]);
  assert.deepEqual(model.get("surrogate").target, b);
  model.set("surrogate_of", "labels");
  model.set("_ask", { number: 4 });
  assert.equal(model.get("surrogate").of, "labels");
});
