import assert from "node:assert/strict";
import { test } from "node:test";
import { around, fitsLog } from "../src/monitor/chart.js";
import { metricsOf, Run, smoothed } from "../src/monitor/metrics.js";
import { offline } from "../src/monitor/offline.js";
import { tile } from "../src/monitor/pictures.js";
import { howFar, share } from "../src/monitor/progress.js";
import { MARKS, Story } from "../src/monitor/story.js";
import { order } from "../src/monitor/units.js";
import { against, duration, figure, heading, isOver, PHASES, rate, unitsInWords } from "../src/monitor/words.js";
import { fakeModel } from "./model.js";

const PLAN = { run: 1, epochs: 10, done: 0, steps: 4, columns: ["epoch", "best", "learning rate", "seconds", "training loss", "validation loss"] };
const row = (epoch, best = 0) => [epoch, best, 0.1, 2, 1 / epoch, 1.5 / epoch];
const bytes = (values) => new DataView(new Float32Array(values).buffer);
const buffers = (...values) => [new DataView(new ArrayBuffer(3)), bytes(values), new Uint8Array(values.map((v) => (v ? 0 : 1)))];
const started = (plan = PLAN) => {
  const story = new Story();
  story.begin(plan);
  return story;
};

test("epochs may arrive in any order and twice", () => {
  const story = started();
  for (const epoch of [3, 1, 2, 1]) story.take({ run: 1, rows: [row(epoch)] });
  assert.deepEqual(story.epochs, [1, 2, 3]);
  assert.deepEqual(story.column("training loss"), [1, 1 / 2, 1 / 3]);
  assert.equal(story.last, 3);
});

test("what belongs to another run is not taken", () => {
  const story = started();
  assert.equal(story.take({ run: 2, rows: [row(1)] }), false);
  assert.equal(story.rows.size, 0);
});

test("a missing epoch is a gap, and one trained before is none", () => {
  const story = started();
  story.take({ run: 1, rows: [row(1), row(3)] });
  assert.equal(story.gap, true);
  story.take({ run: 1, rows: [row(2)] });
  assert.equal(story.gap, false);
  const later = started({ ...PLAN, done: 5 });
  assert.equal(later.last, 5);
  later.take({ run: 1, rows: [row(6)] });
  assert.equal(later.gap, false);
});

test("pictures come with units, wherever in a buffer they lie", () => {
  const story = started();
  const shifted = new Uint8Array([9, ...new Uint8Array(new Float32Array([0.5, 0]).buffer)]).subarray(1);
  story.take({ run: 1, pictures: [{ epoch: 2, measure: "kl" }], kept: [2] }, [new Uint8Array(1), shifted, new Uint8Array([0, 1])]);
  const { values, marks, measure } = story.pictures.get(2);
  assert.deepEqual([[...values], [...marks], measure], [[0.5, 0], [0, 1], "kl"]);
});

test("pictures that Python gave up are forgotten, and those it keeps are lacking until they come", () => {
  const story = started();
  const pictures = [1, 2].map((epoch) => ({ epoch, measure: "" }));
  story.take({ run: 1, pictures, kept: [1, 2] }, [...buffers(), ...buffers()]);
  assert.deepEqual(story.lacking(9, 5), []);
  story.take({ run: 1, kept: [1, 5, 7, 9], dropped: [2] });
  assert.deepEqual(story.pictured, [1]);
  assert.deepEqual(story.lacking(6, 2), [5, 7]);
});

test("the nearest pictured epoch is shown for one that has none", () => {
  const story = started();
  assert.equal(story.nearest(4), null);
  story.take({ run: 1, pictures: [{ epoch: 1 }, { epoch: 5 }], kept: [1, 5] }, [...buffers(), ...buffers()]);
  assert.deepEqual([story.nearest(2), story.nearest(9)], [1, 5]);
});

test("the best epoch is the last that was better than all before", () => {
  const story = started();
  assert.equal(story.best, 0);
  story.take({ run: 1, rows: [row(1, 1), row(2, 1), row(3, 0)] });
  assert.equal(story.best, 2);
});

test("equal epochs take the time that is left", () => {
  const story = started();
  assert.equal(story.left({ epoch: 1, step: 0, elapsed: 0 }), null);
  assert.equal(story.left({ epoch: 1, step: 2, elapsed: 1 }), 9.5 * 2);
  story.take({ run: 1, rows: [row(1), row(2)] });
  assert.equal(story.left({ epoch: 2, step: 4 }), 8 * 2);
  assert.equal(story.left({ epoch: 3, step: 2 }), 7.5 * 2);
});

test("the generalisation gap is validation less training", () => {
  const story = started();
  story.take({ run: 1, rows: [row(1)] });
  assert.deepEqual(story.gapAt(1), { absolute: 0.5, share: 0.5 });
  assert.equal(story.gapAt(2), null);
});

test("figures keep four digits whatever their size", () => {
  assert.deepEqual([0.012345, 0.00001234, 1234567, 12345.6, 0, null, -0.5].map((v) => figure(v)), ["0.01235", "1.23e-5", "1.23e6", "12,346", "0", "–", "−0.5000"]);
  assert.equal(rate(0.00025), "0.00025");
  assert.equal(rate(null), "");
});

test("parts of the loss have headings", () => {
  assert.deepEqual(["kl", "reconstruction", "learning rate"].map(heading), ["KL divergence", "Reconstruction", "Learning rate"]);
});

test("durations are read aloud", () => {
  assert.deepEqual([0.004, 0.42, 4.24, 42, 59.6, 185, 7805, null].map(duration), ["4 ms", "0.42 s", "4.2 s", "42 s", "1 min 0 s", "3 min 5 s", "2 h 10 min", "–"]);
});

test("an error is held against the lowest line", () => {
  const lines = [["PCA, 64 numbers", 0.01], ["mean", 0.05]];
  assert.equal(against(0.009, lines), "10 % below PCA, 64 numbers");
  assert.equal(against(0.0101, lines), "1.0 % above PCA, 64 numbers");
  assert.equal(against(0.03, lines), "3.0 times that of PCA, 64 numbers");
  assert.equal(against(0.3, lines), "30 times that of PCA, 64 numbers");
  assert.equal(against(0.03, []), "");
  assert.equal(against(null, lines), "");
});

test("every way to end is an end and has words", () => {
  for (const phase of ["finished", "early", "stopped", "failed"]) assert.ok(isOver(phase) && PHASES[phase]);
  assert.ok(!isOver("paused") && !isOver(""));
});

test("bounds leave room, and not below nought where nothing is", () => {
  assert.ok(around(0.01, 0.1, true)[0] < 0.01 && around(0.01, 0.1, true)[1] > 0.1);
  assert.equal(around(0.001, 0.1, false)[0], 0);
  const [low, high] = around(3, 3, false);
  assert.ok(low < 3 && high > 3);
});

test("units stand by index, or the largest first", () => {
  assert.deepEqual(order([0.1, 0.9, 0.5], "index"), [0, 1, 2]);
  assert.deepEqual(order([0.1, 0.9, 0.5, 0.9], "size"), [1, 3, 2, 0]);
  assert.equal(unitsInWords([0, 1, 1, 3], MARKS), "4 units, 2 collapsed, 1 always on");
});

test("pixels are squares of a whole size where there is room, and all pictures fit", () => {
  const size = { count: 10, width: 8, height: 8 };
  const [w, h] = tile(size, 700, 1);
  assert.equal(w % 8, 0);
  assert.equal(w, h);
  for (const available of [100, 300, 700, 2000]) {
    assert.ok(10 * tile(size, available, 2)[0] + 9 * 8 <= 2 * available);
  }
  assert.ok(10 * tile({ count: 10, width: 96, height: 48 }, 500, 1)[0] <= 500);
});

test("a page without a kernel has the story that is embedded in it", () => {
  const model = fakeModel({ plan: PLAN });
  offline(model, { rows: [row(1), row(2, 1)], pictures: [{ epoch: 2, measure: "kl", strip: bytes([1]), values: bytes([0.25, 0]), marks: new DataView(new ArrayBuffer(2)) }] });
  const story = model.get("story");
  assert.deepEqual([story.epochs, story.pictured, story.best], [[1, 2], [2], 2]);
  assert.deepEqual([...story.pictures.get(2).values], [0.25, 0]);
});

const COLUMNS = ["epoch", "best", "learning rate", "seconds", "watching", "steps", "validation error", "training loss", "training accuracy", "training mse", "validation loss", "validation accuracy", "validation mse"];
const many = (rows, more = {}) => new Run({ columns: COLUMNS, epochs: 3, rows, ...more });

test("there is a chart for each metric, and one curve is not shown twice", () => {
  const run = many([[1, 1, 0.1, 2, 0, 5, 0.3, 0.2, 0.5, 0.2, 0.3, 0.4, 0.3], [2, 1, 0.1, 2, 0, 5, 0.2, 0.1, 0.6, 0.1, 0.2, 0.5, 0.2]]);
  const found = metricsOf(run);
  assert.deepEqual(found.map(({ name, also }) => [name, also]), [["loss", ["error", "mse"]], ["accuracy", []]]);
  assert.equal(found[0].title, "Loss = mean squared error");
  assert.deepEqual(found.map(({ rises }) => rises), [false, true]);
});

test("an error that is not the loss has its own chart, and so has a learning rate that changes", () => {
  const run = many([[1, 1, 0.1, 2, 0, 5, 0.3, 0.2, null, null, 0.9, null, null], [2, 1, 0.05, 2, 0, 5, 0.2, 0.1, null, null, 0.8, null, null]]);
  assert.deepEqual(metricsOf(run).map(({ name }) => name), ["loss", "error", "learning rate"]);
});

test("epochs lie on steps and on the time of training, where those are known", () => {
  const run = many([[1, 0, 0.1, 2, 0.5, 5], [2, 0, 0.1, 3, 0.5, 5]]);
  assert.deepEqual(["epoch", "step", "time"].map((axis) => run.places(axis)), [[1, 2], [5, 10], [2.5, 6]]);
  const read = new Run({ columns: COLUMNS, rows: [[1, 0, null, null, 0, 0]] });
  assert.deepEqual(["step", "time"].map((axis) => read.places(axis)), [null, null]);
});

test("a smoothed constant is that constant, gaps stay, and no weight changes nothing", () => {
  for (const value of smoothed([0.3, 0.3, null, 0.3], 0.9)) assert.ok(value === null || Math.abs(value - 0.3) < 1e-12);
  assert.deepEqual(smoothed([1, null, 2], 0), [1, null, 2]);
  const [, second] = smoothed([0, 1], 0.5);
  assert.ok(second > 0.5 && second < 1);
});

test("a logarithmic scale is refused where a value is nought or below", () => {
  assert.deepEqual([[1, 2], [0, 1], [-1, 1], []].map(fitsLog), [true, false, false, false]);
});

test("a run whose length nobody knows has no share, and says what is known", () => {
  const story = started({ ...PLAN, epochs: 0, steps: 0 });
  const now = { phase: "training", epoch: 2, step: 7 };
  assert.equal(share(story, now, {}), null);
  assert.equal(howFar(story, now, {}), "epoch 2 · batch 7");
});
