import assert from "node:assert/strict";
import { test } from "node:test";
import { Kernel } from "../src/core/kernel.js";
import { Link } from "../src/core/link.js";
import { Store } from "../src/explorer/store.js";
import { stale } from "../src/studio/side.js";
import { fakeModel } from "./model.js";

const EL = { closest: () => null };

/** A model whose widget manager knows its kernel, as JupyterLab's does. */
function modelWithKernel() {
  const [slots, ends] = [new Set(), new Set()];
  const signal = (of) => ({ connect: (slot) => of.add(slot), disconnect: (slot) => of.delete(slot) });
  const kernel = { statusChanged: signal(slots), disposed: signal(ends) };
  const model = Object.assign(fakeModel({ answered: 0 }), { widget_manager: { kernel } });
  return { model, slots, ends, becomes: (status) => slots.forEach((slot) => slot(null, status)) };
}

test("a kernel that ends is heard once, whoever says so", () => {
  for (const status of ["restarting", "autorestarting", "terminating", "dead"]) {
    const { model, becomes } = modelWithKernel();
    let calls = 0;
    new Kernel(model, EL, () => (calls += 1));
    becomes("busy");
    becomes("idle");
    assert.equal(calls, 0);
    becomes(status);
    becomes(status);
    assert.equal(calls, 1);
  }
});

test("Jupyter's widget manager is heard, and the mark that it leaves on a view", () => {
  const listeners = new Map();
  const model = { on: (event, call) => listeners.set(event, call), off: (event) => listeners.delete(event) };
  let calls = 0;
  const kernel = new Kernel(model, EL, () => (calls += 1));
  listeners.get("comm_live_update")();
  assert.equal(calls, 1);
  kernel.close();
  assert.equal(listeners.size, 0);
  new Kernel(model, { closest: (selector) => selector === ".jupyter-widgets-disconnected" }, () => (calls += 1));
  assert.equal(calls, 2);
});

test("a kernel that is shut down, or changed for another, is heard", () => {
  const { model, ends } = modelWithKernel();
  let calls = 0;
  new Kernel(model, EL, () => (calls += 1));
  ends.forEach((slot) => slot());
  assert.equal(calls, 1);
});

test("what is closed listens to no kernel", () => {
  const { model, slots, ends } = modelWithKernel();
  const kernel = new Kernel(model, EL, () => {});
  assert.equal(slots.size + ends.size + model.listening(), 3);
  kernel.close();
  assert.equal(slots.size + ends.size + model.listening(), 0);
});

test("nothing is asked of a kernel that is gone, and nothing waits for it", async () => {
  const model = fakeModel({ answered: 0, left: "jpeg" });
  const link = new Link(model);
  link.ask({ left: "webp" });
  assert.equal(link.waiting, true);
  link.lose();
  assert.equal(link.waiting, false);
  link.ask({ left: "avif" });
  link.send({ kind: "shown" });
  assert.equal(model.get("left"), "webp");
  assert.deepEqual(model.sent, []);
});

test("questions that stay open are answered with nothing", async () => {
  const about = { shown: 0, count: 0, bounds: [0, 0, 1, 1], code: 5 };
  const store = new Store(new Link(fakeModel({ about, answered: 0 })), false);
  const open = store.ask({ kind: "decode" });
  store.lose();
  assert.equal(await open, null);
  assert.equal(await store.ask({ kind: "decode" }), null);
});

test("figures are stale exactly while another codec or quality is asked for", () => {
  const point = { codec: "jpeg", quality: 50 };
  assert.equal(stale(point, "jpeg", 50), false);
  assert.equal(stale(point, "jpeg", null), false);
  assert.equal(stale(point, "jpeg", 51), true);
  assert.equal(stale(point, "webp", 50), true);
  assert.equal(stale({ codec: "png", quality: null }, "png", 50), false);
  assert.equal(stale({}, "png", 50), false);
});
