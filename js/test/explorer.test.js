import assert from "node:assert/strict";
import { test } from "node:test";
import { Camera, inside } from "../src/explorer/camera.js";
import { blend, classColours, ramp } from "../src/explorer/palette.js";
import { Links } from "../src/explorer/links.js";
import { Looking } from "../src/explorer/looking.js";
import { Drawn } from "../src/explorer/drawn.js";
import { draw, mean, nearest, normals, path, Plane, plus, random } from "../src/explorer/space.js";
import { codesOf, spread, Store, typed, valueOf } from "../src/explorer/store.js";
import { fakeModel } from "./model.js";
import { Link } from "../src/core/link.js";

const f32 = (...numbers) => Float32Array.from(numbers);
const norm = (a) => Math.hypot(...a);
const close = (a, b, within = 1e-5) => assert.ok(Math.abs(a - b) <= within, `${a} and ${b}`);

test("the ends of a path are the end points exactly", () => {
  const [a, b] = [f32(0.1, -2, 3), f32(5, 0.3, 0.7)];
  for (const spherical of [false, true]) {
    const way = path(a, b, 7, spherical);
    assert.deepEqual([way.length, [...way[0]], [...way[6]]], [7, [...a], [...b]]);
  }
});

test("an arc keeps the norm that a line loses, and needs an angle", () => {
  const [a, b] = [f32(3, 0), f32(0, 3)];
  for (const code of path(a, b, 9, true)) close(norm(code), 3);
  close(norm(path(a, b, 3, false)[1]), 3 * Math.SQRT1_2);
  assert.deepEqual(path(a, f32(-3, 0), 5, true), path(a, f32(-3, 0), 5, false));
  assert.deepEqual(path(f32(0, 0), a, 5, true), path(f32(0, 0), a, 5, false));
});

test("means, sums and neighbours are those of arithmetic", () => {
  assert.deepEqual([...mean([f32(1, 2), f32(3, 6)])], [2, 4]);
  assert.equal(mean([]), null);
  assert.deepEqual([...plus(f32(1, 2), f32(10, 20), -0.5)], [-4, -8]);
  const codes = [[7, f32(0, 0)], [3, f32(3, 4)], [5, f32(1, 0)]];
  assert.deepEqual(nearest(codes, f32(0, 0), 2), [[7, 0], [5, 1]]);
});

const moments = (values) => {
  const centre = values.reduce((a, b) => a + b) / values.length;
  return [centre, values.reduce((a, b) => a + (b - centre) ** 2, 0) / values.length];
};

test("normal numbers have mean zero and variance one, and a seed repeats them", () => {
  const [centre, variance] = moments([...normals(random(3), 20000)]);
  close(centre, 0, 0.03);
  close(variance, 1, 0.04);
  assert.deepEqual(normals(random(3), 5), normals(random(3), 5));
});

test("temperature scales the prior, and at zero a mixture gives its means", () => {
  assert.deepEqual(draw(random(1), 4, 0.5), draw(random(1), 4, 1).map((v) => 0.5 * v));
  const mixture = { weights: f32(0.25, 0.75), means: f32(-5, 0, 5, 1), roots: f32(1, 0, 0, 1), full: false };
  const uniform = random(2);
  const drawn = Array.from({ length: 2000 }, () => draw(uniform, 2, 0, mixture)[0]);
  close(drawn.filter((v) => v === -5).length / 2000, 0.25, 0.03);
  assert.ok(drawn.every((v) => v === -5 || v === 5));
});

test("draws of a whole covariance have it", () => {
  const mixture = { weights: f32(1), means: f32(1, 2), roots: f32(2, 0, 1, 0.5), full: true };
  const uniform = random(5);
  const drawn = Array.from({ length: 8000 }, () => draw(uniform, 2, 1, mixture));
  close(moments(drawn.map(([x]) => x))[1], 4, 0.25);
  close(moments(drawn.map(([, y]) => y))[1], 1.25, 0.1);
  close(drawn.reduce((sum, [x, y]) => sum + (x - 1) * (y - 2), 0) / 8000, 2, 0.15);
});

test("a plane's places come back to themselves, and a code off the plane to the place below it", () => {
  const plane = new Plane({ size: 3, centre: f32(1, 1, 1), directions: f32(1, 0, 0, 0, 0.6, 0.8) });
  const [x, y] = plane.toPlace(plane.toCode([2, -3]));
  close(x, 2);
  close(y, -3);
  const off = plus(plane.toCode([2, -3]), f32(0, -0.8, 0.6), 5);
  plane.toPlace(off).forEach((v, i) => close(v, [2, -3][i]));
});

test("where there is no plane a place is the code of the nearest point", () => {
  const places = [[0, 0], [10, 0]];
  const anchors = [[0, f32(1, 2, 3)], [1, f32(4, 5, 6)]];
  const plane = new Plane({ size: 3, anchors, placeOf: (point) => places[point] });
  assert.deepEqual([...plane.toCode([7, 1])], [4, 5, 6]);
  assert.deepEqual(plane.toPlace(f32(1, 2, 2)), [0, 0]);
});

test("pixels and places are inverse, and the plane counts from below", () => {
  const camera = new Camera([-2, -1, 2, 1]);
  camera.size = { width: 800, height: 600 };
  assert.deepEqual(camera.toScreen([0, 0]), [400, 300]);
  assert.ok(camera.toScreen([0, 1])[1] < 300);
  camera.zoomBy(3, [100, 200]);
  camera.toPlane(camera.toScreen([0.3, -0.4])).forEach((v, i) => close(v, [0.3, -0.4][i], 1e-9));
});

test("a stage that is wider than the points is used, and neither direction is stretched without a limit", () => {
  const camera = new Camera([-1, -1, 1, 1]);
  for (const [width, height] of [[400, 400], [500, 400], [4000, 400], [300, 900]]) {
    camera.size = { width, height };
    const [across, up] = camera.scales;
    assert.ok(Math.max(across / up, up / across) <= 1.6 + 1e-9);
    assert.ok(2 * across <= width && 2 * up <= height);
    if (Math.max(width, height) <= 1.6 * Math.min(width, height)) close(across / up, width / height, 1e-9);
  }
});

test("zooming keeps the place under the pointer, panning keeps some points in sight", () => {
  const camera = new Camera([0, 0, 10, 10]);
  camera.size = { width: 500, height: 500 };
  const before = camera.toPlane([120, 300]);
  camera.zoomBy(2.5, [120, 300]);
  camera.toPlane([120, 300]).forEach((v, i) => close(v, before[i], 1e-9));
  camera.pan(1e6, 1e6);
  assert.ok(camera.at.every((v) => v > -2 && v < 12));
  camera.reset();
  assert.deepEqual([camera.zoom, camera.at], [1, [5, 5]]);
});

test("a lasso holds what is inside it, whatever its shape", () => {
  const horseshoe = [[0, 0], [10, 0], [10, 10], [7, 10], [7, 3], [3, 3], [3, 10], [0, 10]];
  assert.equal(inside([1, 8], horseshoe), true);
  assert.equal(inside([5, 8], horseshoe), false);
  assert.equal(inside([5, 1], horseshoe), true);
  assert.equal(inside([11, 5], horseshoe), false);
});

test("classes have different colours, also after the tenth, and ramps go from dark to light", () => {
  for (const dark of [false, true]) {
    assert.equal(new Set(classColours(30, dark)).size, 30);
    const bright = ramp(64, dark).map((c) => parseInt(c.slice(3, 5), 16));
    assert.ok(bright.every((v, i) => i === 0 || v >= bright[i - 1]));
  }
  assert.equal(blend("#000000", "#ffffff", 0.5), "#808080");
});

const bytes = (array) => new DataView(array.buffer.slice(array.byteOffset, array.byteOffset + array.byteLength));
const traits = () => ({
  about: { shown: 3, count: 9, bounds: [0, -1, 2, 1], code: 2, image: [8, 8, 1], classes: [], texts: [], left_out: [], decodes: true, has_images: true, projection: { name: "pca" } },
  plane: bytes(Uint16Array.from([0, 0, 65535, 65535, 32768, 32768])),
  classes: bytes(Uint8Array.from([0, 1, 0])),
  indices: bytes(Uint32Array.from([0, 4, 8])),
  errors: { label: "error", low: 1, high: 3, bytes: bytes(Uint16Array.from([0, 65535, 32768])) },
});

test("places, numbers of pictures and quantities are what Python sent", () => {
  const store = new Store(new Link(fakeModel(traits())), true);
  assert.deepEqual(store.placeOf(1), [2, 1]);
  close(store.placeOf(2)[0], 1, 1e-4);
  assert.deepEqual([store.indexOf(2), store.pointOf(4), store.pointOf(5)], [8, 1, undefined]);
  const { values } = store.quantity("errors");
  assert.deepEqual([values[0], values[1]], [1, 3]);
  assert.equal(store.quantity("distances"), null);
  assert.deepEqual([...spread([0, 65535], -1, 1)], [-1, 1]);
});

test("codes come apart as they were put together, of either kind", () => {
  const codes = codesOf(bytes(f32(1, 2, 3, 4)), "float32", 2);
  assert.deepEqual(codes.map((code) => [...code]), [[1, 2], [3, 4]]);
  assert.deepEqual(codesOf(bytes(Uint16Array.from([0x3c00, 0xc000])), "float16", 1).map((code) => [...code]), [[1, -2]]);
  assert.equal(typed(Uint8Array, undefined).length, 0);
});

test("without a kernel neighbours and means are those of what came along", async () => {
  const store = new Store(new Link(fakeModel(traits())), true);
  store.codes = new Map([[0, f32(0, 0)], [2, f32(2, 2)]]);
  assert.deepEqual((await store.neighbours(f32(2, 1), 1))[0], [2, 1]);
  assert.deepEqual([...(await store.meanCode([0, 1, 2]))], [1, 1]);
});

test("a question to Python is answered by its number, and one that fails is answered too", async () => {
  const model = fakeModel(traits());
  const store = new Store(new Link(model), false);
  const asked = [store.ask({ kind: "mean" }), store.ask({ kind: "decode" })];
  const [first, second] = model.sent.map(({ number }) => number);
  store.hear({ kind: "failed", number: second }, []);
  store.hear({ kind: "mean", number: first }, ["code"]);
  assert.deepEqual(await Promise.all(asked), [{ content: { kind: "mean", number: first }, buffers: ["code"] }, null]);
  assert.deepEqual(model.sent.map(({ kind }) => kind), ["mean", "decode"]);
});

test("two views of one widget do not take each other's answers", () => {
  const model = fakeModel(traits());
  for (const store of [new Store(new Link(model), false), new Store(new Link(model), false)]) store.ask({ kind: "mean" });
  assert.notEqual(model.sent[0].number, model.sent[1].number);
});

/** The state of looking, without the elements that show it. */
function looking(frozen = "no kernel") {
  globalThis.ImageData ??= class {}; // Node has none, and nothing is drawn here
  const app = new Looking(fakeModel({ ...traits(), about: { ...traits().about, projection: { name: "direct" }, means: [1, 0] }, space: {}, frozen }));
  const [nothing, drawn] = [() => {}, () => Promise.resolve()];
  app.plane.toCode = (place) => Float32Array.from(place);
  app.plane.toPlace = (code) => [...code];
  return Object.assign(app, { map: { redraw: nothing }, cards: { showCode: drawn, showPoint: nothing, facts: {} }, alerts: { say: nothing, speak: nothing },
    toolbox: { refresh: nothing, tools: { notes: { show: nothing } } }, root: { dataset: {} } });
}

test("Python hears where a code is that no drag led to, once it rests", async () => {
  const app = looking("");
  for (const x of [0.1, 0.2, 0.3]) app.useCode(f32(x, 0.5));
  assert.deepEqual(app.link.model.saved, []);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(app.link.model.saved.map(({ position }) => position), [[...f32(0.3, 0.5)]]);
});

test("the caption names what is decoded now, whatever was decoded before", async () => {
  const app = looking();
  const say = { place: () => app.setPlace([1, 0.5], false), code: () => app.useCode(f32(0.5, 0.5)), point: () => app.pin(1) };
  const words = { place: "decoded at (1.00, 0.50)", code: "decoded from a code", point: "decoded from #4" };
  for (const before of Object.keys(say)) {
    for (const now of Object.keys(say)) {
      await say[before]();
      await say[now]();
      assert.deepEqual([before, now, app.caption(), app.pinned], [before, now, words[now], now === "point" ? 1 : null]);
    }
  }
});

test("columns have their values in words, and what is missing has none", () => {
  const classes = { classes: [{ name: "oak" }, { name: "ash" }], indexes: [1, 0] };
  const scale = { values: spread([0, 65535], 1, 3, 65534) };
  const day = { kind: "date", days: true, values: [Date.UTC(2024, 1, 29) + 36e5, NaN] };
  assert.deepEqual([0, 1].map((k) => [classes, scale, day].map((column) => valueOf(column, k))), [["ash", "1.000", "2024-02-29"], ["oak", "", ""]]);
});

test("points are found by label, class and text, in any case", async () => {
  const about = { ...traits().about, classes: [{ name: "Oak" }, { name: "ash" }] };
  const columns = [{ label: "pen", classes: [{ name: "blue" }, { name: "red" }], bytes: bytes(Uint8Array.from([1, 1, 0])) }];
  const store = new Store(new Link(fakeModel({ ...traits(), about, columns, texts: [["Scan-1"], ["scan-2"], ["x"]] })), true);
  const all = await Promise.all(["oak", "RED", "scan-2", "scan", " "].map((text) => store.find(text)));
  assert.deepEqual(all, [[0, 2], [0, 1], [1], [0, 1], []]);
});

test("more than 256 classes have two bytes a point", () => {
  const store = new Store(new Link(fakeModel({ ...traits(), classes: bytes(Uint16Array.from([0, 300, 256])) })), true);
  assert.deepEqual([...store.classes], [0, 300, 256]);
});

test("without pictures what is not known is asked for once", async () => {
  const model = fakeModel({ ...traits(), about: { ...traits().about, has_images: false } });
  const store = new Store(new Link(model), false);
  store.need([1]);
  store.hear({ kind: "details", number: model.sent[0].number, points: [1], type: "float32" }, [bytes(new Uint8Array(0)), bytes(f32(1, 2))]);
  await new Promise((resolve) => setTimeout(resolve));
  await store.need([1]);
  assert.equal(model.sent.length, 1);
  assert.deepEqual([...store.codeOf(1)], [1, 2]);
});

/** An explorer as its links need it. */
function linked(name, indices, frozen = true) {
  const app = { get: () => name, hovered: null, selected: null, map: { hover(point) {
    app.hovered = point;
    app.links.tell({ hovered: point === null ? null : app.store.indexOf(point) });
  } } };
  app.store = { frozen, indexOf: (point) => indices[point], pointOf: (index) => (indices.includes(index) ? indices.indexOf(index) : undefined) };
  app.select = (points) => {
    app.selected = points;
    app.links.tell({ selected: points.map(app.store.indexOf) });
  };
  app.links = new Links(app);
  return app;
}

test("linked explorers agree about points by their numbers, others hear nothing, and closed ones are gone", () => {
  globalThis.document = new EventTarget();
  globalThis.CustomEvent ??= class extends Event {};
  const [a, b, kernel, stranger] = [linked("x", [0, 4, 8]), linked("x", [8, 4]), linked("x", [4], false), linked("y", [4])];
  a.map.hover(1);
  assert.deepEqual([b.hovered, kernel.hovered, stranger.hovered], [1, 0, null]);
  a.map.hover(0);
  assert.deepEqual([b.hovered, kernel.hovered], [null, null]);
  b.select([0, 1]);
  assert.deepEqual([a.selected, kernel.selected, stranger.selected], [[2, 1], null, null]);
  b.links.close();
  a.select([0]);
  assert.deepEqual(b.selected, [0, 1]);
  delete globalThis.document;
});

test("a slow drawing is moved with the view and drawn anew once that rests, a quick one at once", async () => {
  globalThis.document = { createElement: () => ({ style: {}, append() {}, setAttribute() {} }) };
  const points = new Drawn();
  const [camera, views] = [new Camera([-1, -1, 1, 1]), []];
  camera.size = { width: 200, height: 200 };
  points.draw = () => views.push(camera.at[0]);
  points.view(camera);
  points.drawn();
  camera.pan(10, 0);
  points.view(camera);
  assert.equal(views.length, 2);
  points.drawn();
  assert.equal(points.el.style.transform, "");
  points.cost = 500;
  camera.pan(10, 4);
  points.view(camera);
  assert.equal(views.length, 2);
  const [right, down] = points.el.style.transform.match(/matrix\((.*)\)/)[1].split(",").map(Number).slice(4);
  close(right, 10);
  close(down, 4);
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.equal(views.length, 3);
  points.drawn();
  assert.equal(points.el.style.transform, "");
  delete globalThis.document;
});
