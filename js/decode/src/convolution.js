// Convolutions: a WebAssembly kernel with SIMD where there is one, else plain JavaScript. Sums only, no activations.

import binary from "./kernel.wasm.js";
import { plane } from "./planes.js";

const PAGE = 65536;

/** Kernel (k, k, in, out) of a convolution, in blocks of eight outputs. */
export class Kernel {
  constructor({ shape: [size, , channels, outputs], data }) {
    Object.assign(this, { size, channels, outputs, blocks: Math.ceil(outputs / 8) });
    const numbers = size * size * channels;
    this.data = new Float32Array(8 * this.blocks * numbers);
    for (let k = 0; k < numbers; k++) {
      for (let o = 0; o < outputs; o++) this.data[((o >> 3) * numbers + k) * 8 + (o & 7)] = data[k * outputs + o];
    }
    this.address = 0; // in the memory of the WebAssembly kernel
  }
}

/** Return a function (kernel, framed, stride) that convolves without padding to a plane of sums. */
export function convolver(simd = true) {
  const fast = simd && instance();
  return fast ? (...given) => withKernel(fast, ...given) : plainly;
}

function instance() {
  try {
    const bytes = Uint8Array.from(atob(binary), (c) => c.charCodeAt(0));
    const { memory, row } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
    return { memory, row, kernels: 16 }; // `kernels`: where the kernels that lie there end
  } catch {
    return null; // no SIMD, or a policy that forbids WebAssembly
  }
}

function withKernel(fast, kernel, x, stride = 1) {
  const { size, channels, blocks } = kernel;
  const height = Math.max(0, Math.floor((x.height - size) / stride) + 1);
  const width = Math.max(0, Math.floor((x.width - size) / stride) + 1);
  const out = plane(height, width, kernel.outputs);
  if (!out.data.length) return out;
  if (kernel.owner !== fast) {
    kernel.owner = fast;
    kernel.address = fast.kernels;
    fast.kernels += kernel.data.byteLength;
    room(fast, fast.kernels);
    new Float32Array(fast.memory.buffer, kernel.address, kernel.data.length).set(kernel.data);
  }
  const [step, wide] = [4 * stride * channels, 32 * blocks];
  const input = fast.kernels;
  const output = input + ((x.data.byteLength + 3 * step + 15) & ~15);
  room(fast, output + wide * (width + 3));
  new Float32Array(fast.memory.buffer, input, x.data.length).set(x.data);
  const results = new Float32Array(fast.memory.buffer, output, 8 * blocks * width);
  const next = 4 * x.width * channels;
  for (let i = 0; i < height; i++) {
    for (let block = 0; block < blocks; block++) {
      const w = kernel.address + 32 * block * size * size * channels;
      fast.row(input + i * stride * next, next, size, size * channels, step, w, output + 32 * block, wide, width);
    }
    const at = i * width * kernel.outputs;
    if (kernel.outputs === 8 * blocks) {
      out.data.set(results, at);
      continue;
    }
    for (let j = 0; j < width; j++) {
      for (let o = 0; o < kernel.outputs; o++) out.data[at + j * kernel.outputs + o] = results[8 * blocks * j + o];
    }
  }
  return out;
}

/** Make the memory of the WebAssembly kernel at least so many bytes large. */
function room(fast, bytes) {
  const missing = bytes - fast.memory.buffer.byteLength;
  if (missing > 0) fast.memory.grow(Math.ceil(missing / PAGE));
}

function plainly(kernel, x, stride = 1) {
  const { size, channels, outputs, blocks, data: w } = kernel;
  const height = Math.max(0, Math.floor((x.height - size) / stride) + 1);
  const width = Math.max(0, Math.floor((x.width - size) / stride) + 1);
  const out = plane(height, width, outputs);
  const run = size * channels;
  for (let i = 0; i < height; i++) {
    for (let block = 0; block < blocks; block++) {
      const kept = Math.min(8, outputs - 8 * block);
      for (let j = 0; j < width; j++) {
        let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
        let k = 8 * block * size * run;
        for (let r = 0; r < size; r++) {
          const from = ((i * stride + r) * x.width + j * stride) * channels;
          for (let n = from; n < from + run; n++, k += 8) {
            const s = x.data[n];
            a += s * w[k];
            b += s * w[k + 1];
            c += s * w[k + 2];
            d += s * w[k + 3];
            e += s * w[k + 4];
            f += s * w[k + 5];
            g += s * w[k + 6];
            h += s * w[k + 7];
          }
        }
        const at = (i * width + j) * outputs + 8 * block;
        const sums = [a, b, c, d, e, f, g, h];
        for (let o = 0; o < kept; o++) out.data[at + o] = sums[o];
      }
    }
  }
  return out;
}
