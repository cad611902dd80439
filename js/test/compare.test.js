import assert from "node:assert/strict";
import { test } from "node:test";
import { figuresOf, inWords, panesFor } from "../src/compare/figures.js";
import { columns } from "../src/comparison/layout.js";
import { Camera } from "../src/comparison/camera.js";

const FIGURES = [{ pair: [0, 1], psnr: 30.5, exact: false, ssim: 0.9, ms_ssim: null }, { pair: [1, 2], psnr: null, exact: true, ssim: 1, ms_ssim: 1 }];

test("a pair has its figures in either order, and none before they are measured", () => {
  assert.equal(figuresOf(FIGURES, 1, 0, "b").psnr, 30.5);
  assert.equal(figuresOf(FIGURES, 0, 1, "b").psnr, 30.5);
  assert.deepEqual(figuresOf(FIGURES, 0, 2, "c"), { psnr: null, exact: false, ssim: null, ms_ssim: null, name: "c", same: false, known: false });
  assert.equal(figuresOf(FIGURES, 1, 1, "b").same, true);
});

test("a side is told in words that fit what is known of it", () => {
  assert.equal(inWords(figuresOf(FIGURES, 0, 1, "b")), "b · 30.50 dB");
  assert.equal(inWords(figuresOf(FIGURES, 1, 2, "c")), "c · equal");
  assert.equal(inWords(figuresOf(FIGURES, 0, 0, "a")), "a · reference");
  assert.equal(inWords(figuresOf(FIGURES, 0, 2, "c")), "c");
});

test("panes hold every picture, as large as can be", () => {
  const wide = { width: 300, height: 200 };
  assert.deepEqual(panesFor(4, wide, wide), [2, 2]);
  assert.deepEqual(panesFor(3, { width: 100, height: 300 }, wide), [3, 1]);
  for (let count = 1; count <= 16; count++) {
    const [columns_, rows] = panesFor(count, wide, wide);
    assert.ok(columns_ * rows >= count && columns_ * (rows - 1) < count);
  }
});

test("figures stand beside the picture where both have room, and the picture is not wider than it is", () => {
  assert.equal(columns(700, { width: 741, height: 500 }, 600), null);
  assert.deepEqual(columns(1318, { width: 741, height: 500 }, 600), [741, 565]);
  const [picture, cards] = columns(1318, { width: 3000, height: 1000 }, 600);
  assert.ok(cards === 318 && picture + cards + 12 === 1318);
  assert.equal(columns(1318, { width: 741, height: 500 }, 250)[0], 400, "as narrow as its height asks for, but no less than tools need");
});

test("a whole picture is shown no larger than a camera allows, and zoom goes on from there", () => {
  const [camera, pane, size] = [new Camera(), { width: 1200, height: 800 }, { width: 600, height: 400 }];
  assert.equal(camera.scale(pane, size), 2);
  camera.most = 1;
  assert.equal(camera.scale(pane, size), 1);
  camera.zoomBy(3, null, pane, size);
  assert.equal(camera.scale(pane, size), 3);
});
