import assert from "node:assert/strict";
import { test } from "node:test";
import { Link } from "../src/core/link.js";
import { fixed } from "../src/core/dom.js";
import { fakeModel } from "./model.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("a question goes out as one message, with its number", () => {
  const model = fakeModel({ answered: 3 });
  const link = new Link(model);
  link.ask({ left: "jpeg", left_quality: 40 }, true);
  assert.deepEqual(model.saved, [{ left: "jpeg", left_quality: 40, _ask: { number: 4, draft: true } }]);
  assert.equal(link.waiting, true);
  model.set("answered", 4);
  assert.equal(link.waiting, false);
});

test("traits that change together are shown once", async () => {
  const model = fakeModel({ answered: 0 });
  const link = new Link(model);
  let calls = 0;
  link.on(["a", "b"], () => (calls += 1));
  model.set("a", 1);
  model.set("b", 2);
  await turn();
  assert.equal(calls, 1);
});

test("an answer older than the one shown is dropped", async () => {
  const model = fakeModel({ answered: 0 });
  const link = new Link(model);
  const shown = [];
  link.on(["point"], () => shown.push(model.get("point")));
  for (const [answered, point] of [[2, "new"], [1, "stale"], [3, "newest"]]) {
    model.set("answered", answered);
    model.set("point", point);
    await turn();
  }
  assert.deepEqual(shown, ["new", "newest"]);
});

test("a closed link listens no more", () => {
  const model = fakeModel({});
  const link = new Link(model);
  link.on(["a", "b"], () => {});
  assert.equal(model.listening(), 2);
  link.close();
  assert.equal(model.listening(), 0);
});

test("giving up ends the waiting", () => {
  const link = new Link(fakeModel({ answered: 0 }));
  link.ask({});
  link.giveUp();
  assert.equal(link.waiting, false);
});

test("what is rounded to zero has no sign, and what is not known is a dash", () => {
  assert.deepEqual([fixed(-0.001, 2), fixed(-0, 0), fixed(-0.006, 2), fixed(1234.5, 1), fixed(null, 2)], ["0.00", "0", "-0.01", "1,234.5", "–"]);
});
