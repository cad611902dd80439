import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf, rounded, strengthAt } from "../src/denoise/corruption.js";
import { residualMap } from "../src/denoise/maps.js";
import { nearestLevel, offline } from "../src/denoise/offline.js";
import { inWords, stale } from "../src/denoise/words.js";
import { fakeModel } from "./model.js";

const GAUSSIAN = { name: "gaussian", least: 0, most: 255, log: false, whole: false };
const PHOTONS = { name: "poisson", least: 1, most: 10000, log: true, whole: false };
const SHARE = { name: "missing", least: 0, most: 1, log: false, whole: false };
const QUALITY = { name: "jpeg", least: 1, most: 95, log: false, whole: true };
const HOLES = { name: "holes", least: 1, most: 256, log: true, whole: true };

test("a slider's place and its strength are inverse, inside the range", () => {
  for (const kind of [GAUSSIAN, PHOTONS, SHARE, QUALITY, HOLES]) {
    for (const place of [0.3, 0.5, 0.75, 1]) {
      assert.ok(Math.abs(placeOf(kind, strengthAt(kind, place)) - place) < 0.02, `${kind.name} ${place}`);
    }
    assert.equal(strengthAt(kind, 0), kind.least);
    assert.equal(strengthAt(kind, 1), kind.most);
    assert.deepEqual([rounded(kind, -9), rounded(kind, 1e9)], [kind.least, kind.most]);
  }
  assert.ok(Number.isInteger(strengthAt(QUALITY, 0.123)) && Number.isInteger(strengthAt(HOLES, 0.321)));
});

test("nothing taken out is gray, and the scale ends where it says", () => {
  const a = Uint8ClampedArray.from([100, 100, 100, 255]);
  assert.deepEqual([...residualMap(a, a, 32)], [128, 128, 128, 255]);
  assert.deepEqual([...residualMap(a, Uint8ClampedArray.from([68, 132, 84, 255]), 32)], [255, 1, 192, 255]);
});

test("a point is described with its figure, and is stale when another strength is asked", () => {
  assert.equal(inWords({ method: "tv", label: "TV", psnr: 29.123 }), "TV · 29.12 dB");
  assert.equal(inWords({ method: "tv", label: "TV", psnr: null }), "TV");
  assert.equal(inWords({ method: "tv", label: "TV", psnr: null, failed: true }), "TV: cannot do this");
  const link = { get: (name) => ({ corruption: "gaussian", strength: 25, seed: 0 })[name] };
  const point = { corruption: "gaussian", strength: 25, seed: 0, preview: false };
  assert.deepEqual([stale(point, link), stale({ ...point, strength: 20 }, link), stale({ ...point, preview: true }, link)], [false, true, true]);
});

const point = (method, psnr) => ({ method, label: method, psnr, exact: false, ssim: 0.9, seconds: 0.1 });
const level = (strength, psnr) => ({
  strength, given: `given${strength}`, noise: { corruption: "gaussian", seed: 0, strength }, differ: [[1, 2, 8]],
  points: [point("noisy", psnr - 5), point("nlm", psnr), point("tv", psnr - 1)], pictures: { nlm: `nlm${strength}`, tv: `tv${strength}` },
});
const LEVELS = [level(10, 33), level(25, 29), level(50, 26)];

test("without a kernel the nearest strength answers, by ratio where the slider is logarithmic", () => {
  assert.equal(nearestLevel(LEVELS, 38, false).strength, 50);
  assert.equal(nearestLevel(LEVELS, 15.5, false).strength, 10);
  assert.equal(nearestLevel(LEVELS, 16.5, true).strength, 25);
  assert.equal(nearestLevel([level(null, 30)], null, false).strength, null);
});

test("a model without a kernel answers as one with it does", () => {
  const model = fakeModel({ left: "noisy", right: "nlm", strength: 25, corruptions: [GAUSSIAN], choices: [{ name: "tv", label: "TV" }] });
  offline(model, { levels: LEVELS });
  assert.deepEqual([model.get("given"), model.get("right_picture"), model.get("right_point").psnr], ["given25", "nlm25", 29]);
  assert.deepEqual(model.get("corruptions")[0].stops, [10, 25, 50]);
  assert.equal(model.get("differ").length, 1);
  model.set("strength", 44);
  model.set("right", "tv");
  model.set("_ask", { number: 1, draft: false });
  assert.deepEqual([model.get("strength"), model.get("right_picture"), model.get("answered")], [50, "tv50", 1]);
  assert.deepEqual(model.get("differ"), []);
  assert.equal(model.get("tried").length, 3);
});
