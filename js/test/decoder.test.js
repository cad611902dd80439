import assert from "node:assert/strict";
import { test } from "node:test";
import { decoderOf, paint } from "../src/core/decoder.js";
import { arrayOf, fromHalves } from "../src/core/weights.js";

test("half-precision numbers are what IEEE 754 says", () => {
  const bits = Uint16Array.from([0x0000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x3555, 0x0400]);
  const values = [0, 1, -2, 65504, 2 ** -24, 0.333251953125, 2 ** -14];
  assert.deepEqual([...fromHalves(bits.buffer, 0, 7)], values);
  assert.deepEqual([...fromHalves(Uint16Array.from([0x7c00, 0xfc00]).buffer, 0, 2)], [Infinity, -Infinity]);
});

test("weights of int8 are multiples of the step of their output", () => {
  const bytes = new Uint8Array([...new Uint8Array(Float32Array.from([0.5, 2]).buffer), 1, 127, 255, 129]);
  const scale = { at: 0, shape: [2], type: "float32" };
  assert.deepEqual([...arrayOf(bytes.buffer, { at: 8, shape: [2, 2], type: "int8", scale })], [0.5, 254, -0.5, -254]);
});

const bytesOf = (...numbers) => new Uint8Array(Float32Array.from(numbers).buffer);
const f32 = (at, ...shape) => ({ at: 4 * at, shape, type: "float32" });

test("a dense layer is a product of a row and a matrix, and a bias", () => {
  const steps = [
    { kind: "code", of: [], shape: [2] },
    { kind: "dense", of: [0], shape: [3], kernel: f32(0, 2, 3), bias: f32(6, 3), activation: "relu" },
    { kind: "reshape", of: [1], shape: [1, 3, 1] },
  ];
  const { decode, shape, size } = decoderOf(steps, bytesOf(1, 2, 3, 4, 5, 6, 0, 0, -100));
  assert.deepEqual([...decode(Float32Array.from([1, 10]))], [41, 52, 0]);
  assert.deepEqual([shape, size], [[1, 3, 1], 2]);
  assert.throws(() => decode(Float32Array.from([1])), /expected 2 numbers, got 1/);
});

test("a convolution that only copies gives back what it gets, and a transposed one spreads it", () => {
  const steps = [
    { kind: "code", of: [], shape: [2, 2, 1] },
    { kind: "conv", of: [0], shape: [2, 2, 1], kernel: f32(0, 1, 1, 1, 1), strides: [1, 1], before: [0, 0] },
    { kind: "conv_transpose", of: [1], shape: [4, 4, 1], kernel: f32(0, 1, 1, 1, 1), strides: [2, 2], before: [0, 0] },
    { kind: "upsample", of: [0], shape: [4, 4, 1], factors: [2, 2] },
    { kind: "add", of: [2, 3], shape: [4, 4, 1] },
    { kind: "crop", of: [4], shape: [3, 2, 1], before: [0, 1] },
  ];
  const { decode } = decoderOf(steps, bytesOf(1));
  assert.deepEqual([...decode(Float32Array.from([1, 2, 3, 4]))], [1, 4, 1, 2, 3, 8]);
});

test("a decoder does not change the code that it is given, and gives the same twice", () => {
  const steps = [
    { kind: "code", of: [], shape: [1, 1, 2] },
    { kind: "activation", of: [0], shape: [1, 1, 2], activation: "leaky_relu", slope: 0.5 },
    { kind: "affine", of: [1], shape: [1, 1, 2], factor: f32(0, 2), offset: f32(2, 2) },
  ];
  const { decode } = decoderOf(steps, bytesOf(2, 3, 1, 1));
  const code = Float32Array.from([-4, 5]);
  assert.deepEqual([...decode(code)], [-3, 16]);
  assert.deepEqual([...decode(code)], [-3, 16]);
  assert.deepEqual([...code], [-4, 5]);
});

test("weights may lie anywhere in what they came with", () => {
  const padded = new Uint8Array([9, ...bytesOf(3)]);
  const steps = [{ kind: "code", of: [], shape: [1] }, { kind: "dense", of: [0], shape: [1], kernel: f32(0, 1, 1) }];
  const { decode } = decoderOf(steps, padded.subarray(1));
  assert.equal(decode(Float32Array.from([2]))[0], 6);
});

test("a layer that is not known is refused in words", () => {
  const steps = [{ kind: "code", of: [], shape: [1] }, { kind: "magic", of: [0], shape: [1] }];
  assert.throws(() => decoderOf(steps, bytesOf(1)), /magic.*reload/);
});

test("pictures are rounded to whole levels and held within them", () => {
  const image = { data: new Uint8ClampedArray(8) };
  paint([0.5, 1.7], 1, image);
  assert.deepEqual([...image.data], [128, 128, 128, 255, 255, 255, 255, 255]);
  paint([0, 0.25, -1, 1, 1, 1], 3, image);
  assert.deepEqual([...image.data], [0, 64, 0, 255, 255, 255, 255, 255]);
});
