import assert from "node:assert/strict";
import { test } from "node:test";
import { Camera } from "../src/comparison/camera.js";
import { errorMap, RAMP } from "../src/comparison/maps.js";
import { bitsAt, heat, quantile } from "../src/studio/maps.js";
import { answer, closest, offline } from "../src/studio/offline.js";
import { nearest } from "../src/studio/plot.js";
import { placeOf, qualityAt } from "../src/studio/side.js";
import { fakeModel } from "./model.js";

const JPEG = { name: "jpeg", worst: 1, best: 100, step: 1, ratio: false, unit: "quality", usual: 50 };
const JP2 = { name: "jpeg2000", worst: 400, best: 1.5, step: 0, ratio: true, unit: "ratio", usual: 30 };
const STEPS = { name: "mine", worst: 2, best: 0.05, step: 0.01, ratio: false, unit: "step", usual: 1.02 };
const ORIGINAL = { name: "original", worst: 0, best: 0, step: 0, ratio: false, unit: "", usual: null };

test("a slider's place and its quality are inverse", () => {
  for (const choice of [JPEG, JP2, STEPS]) {
    for (const place of [0, 0.25, 0.5, 0.75, 1]) {
      assert.ok(Math.abs(placeOf(choice, qualityAt(choice, place)) - place) < 0.006);
    }
    assert.equal(qualityAt(choice, 0), choice.worst);
    assert.equal(qualityAt(choice, 1), choice.best);
  }
});

test("equal pictures have a black error map", () => {
  const a = Uint8ClampedArray.from([1, 2, 3, 255, 200, 100, 50, 255]);
  assert.deepEqual([...errorMap(a, a, 32).slice(0, 3)], RAMP[0]);
});

test("the largest of three differences counts, and the scale ends where it says", () => {
  const a = Uint8ClampedArray.from([10, 10, 10, 255]);
  const b = Uint8ClampedArray.from([12, 10, 42, 255]);
  assert.deepEqual([...errorMap(a, b, 32).slice(0, 3)], RAMP[255]);
  assert.deepEqual([...errorMap(a, b, 64).slice(0, 3)], RAMP[128]);
});

test("bits of all groups are the sum of each", () => {
  const positions = new DataView(new Float32Array([1, 2, 3, 4]).buffer);
  const bits = { rows: 1, columns: 2, groups: [5, 6], positions };
  assert.deepEqual([...bitsAt(bits, -1)], [3, 7]);
  assert.deepEqual([...bitsAt(bits, 0)], [1, 3]);
  assert.deepEqual([...bitsAt(bits, 1)], [2, 4]);
  assert.equal(heat([0, 1], 1)[3], 0);
  assert.equal(quantile([3, 1, 2], 0.99), 3);
});

test("zooming keeps the point under the pointer where it is", () => {
  const [camera, pane, size] = [new Camera(), { width: 600, height: 400 }, { width: 900, height: 600 }];
  const at = { x: 450, y: 150 };
  const of = () => {
    const { scale, left, top } = camera.place(pane, size);
    return [(at.x - left) / scale, (at.y - top) / scale];
  };
  const before = of();
  camera.zoomBy(3, at, pane, size);
  of().forEach((value, i) => assert.ok(Math.abs(value - before[i]) < 1e-9));
  camera.pan(-10000, 10000, pane, size);
  const { scale, left, top } = camera.place(pane, size);
  assert.ok(Math.abs(left + size.width * scale - pane.width) < 1e-6, "no gap on the right");
  assert.ok(Math.abs(top) < 1e-6, "no gap above");
  camera.reset();
  assert.equal(camera.scale(pane, size), 2 / 3);
});

test("a picture smaller than its pane stays in the middle", () => {
  const [camera, pane, size] = [new Camera(), { width: 600, height: 400 }, { width: 90, height: 60 }];
  camera.zoomTo(1, null, pane, size);
  camera.pan(50, 50, pane, size);
  assert.deepEqual([camera.x, camera.y], [0.5, 0.5]);
});

test("a click finds the nearest point, and none that is far", () => {
  const curves = [{ codec: "jpeg", points: [[10, 1, 30], [90, 2, 40]] }, { codec: "webp", points: [[50, 1.5, 38]] }];
  const scale = (v) => v * 100;
  assert.deepEqual(nearest(curves, scale, scale, 205, 3995), { codec: "jpeg", quality: 90 });
  assert.equal(nearest(curves, scale, scale, 300, 3000), null);
});

const entry = (codec, quality, bytes, psnrDb) => ({ point: { codec, quality, bytes, psnr: psnrDb, exact: psnrDb === null, media: "image/png" }, picture: `${codec}${quality}`, file: null, bits: {} });
const GRID = [
  entry("original", null, 9000, null), entry("jpeg", 10, 100, 25), entry("jpeg", 50, 300, 31), entry("jpeg", 90, 900, 38),
  entry("jpeg2000", 80, 110, 27), entry("jpeg2000", 20, 310, 32), entry("jpeg2000", 5, 1200, 41),
];
const CHOICES = [ORIGINAL, JPEG, JP2];

test("without a kernel the nearest quality answers, a ratio by its logarithm", () => {
  const asked = { left: "jpeg", right: "jpeg2000", left_quality: 65, right_quality: 12, match: "off" };
  const { left, right } = answer(GRID, CHOICES, asked, "left");
  assert.deepEqual([left.point.quality, right.point.quality], [50, 20]);
  assert.equal(closest(GRID, "avif", 3, (p) => p.quality), null);
});

test("without a kernel the other side follows in size and in PSNR, but never the original", () => {
  const asked = { left: "jpeg", right: "jpeg2000", left_quality: 50, right_quality: 5, match: "size" };
  assert.equal(answer(GRID, CHOICES, asked, "left").right.point.bytes, 310);
  assert.equal(answer(GRID, CHOICES, asked, "right").left.point.bytes, 900);
  assert.equal(answer(GRID, CHOICES, { ...asked, match: "quality", left_quality: 90 }, "left").right.point.psnr, 41);
  assert.equal(answer(GRID, CHOICES, { ...asked, left: "original" }, "left").right.point.quality, 5);
});

test("a model without a kernel answers as one with it does", () => {
  const model = fakeModel({ left: "jpeg", right: "jpeg2000", left_quality: 50, right_quality: 20, match: "off", choices: CHOICES });
  offline(model, { grid: GRID });
  assert.equal(model.get("left_picture"), "jpeg50");
  model.set("left_quality", 88);
  model.set("_ask", { number: 1, draft: false });
  assert.equal(model.get("left_picture"), "jpeg90");
  assert.equal(model.get("left_quality"), 90);
  assert.equal(model.get("answered"), 1);
  model.set("left", "original");
  model.set("_ask", { number: 2, draft: false });
  assert.equal(model.get("left_point").codec, "original");
  assert.equal(model.get("right_point").quality, 20);
});
