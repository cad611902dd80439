import assert from "node:assert/strict";
import { test } from "node:test";
import { around, fitsLog } from "../src/monitor/chart.js";
import { evenTicks, logTicks, tickLabels } from "../src/core/ticks.js";

test("ticks of a logarithmic axis are inside it, few, and never fewer than two", () => {
  const plateaus = [0.123, 0.5, 0.0999, 1, 7e-7, 831, 1e5].flatMap((level) =>
    [0, 1e-9, 1e-4, 0.01, 0.3, 3, 1e4].map((share) => around(level, level * (1 + share), true)));
  for (const [low, high] of [[0.03, 0.15], [1e-6, 3], [0.9, 1.2], [2, 2.2], [1.01, 1.49], [1.01, 1.011], ...plateaus]) {
    const found = logTicks(low, high);
    assert.ok(found.every((t) => t >= low && t <= high) && found.length >= 2 && found.length < 13, `${low} ${high}: ${found}`);
    assert.equal(new Set(tickLabels(found)).size, found.length);
  }
  for (const [low, high] of [[0, 1], [-1, 1], [NaN, 1], [1, Infinity], [1, 1]]) assert.ok(logTicks(low, high).length < 2);
  assert.deepEqual(logTicks(0.009, 0.11), [0.01, 0.02, 0.05, 0.1]);
  assert.deepEqual(logTicks(1.01, 1.45), [1.1, 1.2, 1.3, 1.4]);
});

test("even ticks are round and between their ends", () => {
  assert.deepEqual(evenTicks(0, 1), [0, 0.5, 1]);
  assert.deepEqual(evenTicks(0.116, 0.131), [0.12, 0.125, 0.13]);
  assert.deepEqual(evenTicks(1, 1), []);
});

test("no two ticks read the same, and an empty one stays empty", () => {
  assert.deepEqual(tickLabels([0.12341, 0.12343]), ["0.12341", "0.12343"]);
  assert.deepEqual(tickLabels([0.1, null, 0.30000000000000004]), ["0.1", "", "0.3"]);
});

test("no value is left off a logarithmic axis", () => {
  assert.deepEqual([[1, 0.1], [1, 0], [0, 0], [3, -1], [-2, -1], []].map(fitsLog), [true, false, false, false, false, false]);
});
