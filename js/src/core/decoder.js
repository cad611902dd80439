// A decoder in plain JavaScript: the steps and bytes of aewidgets.models.portable.decoder, from a code to a picture, in float32.

import { arrayOf } from "./weights.js";

const SELU = [1.0507009873554805, 1.6732632423543772];
const softplus = (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
const ACTIVATIONS = {
  relu: (v) => (v > 0 ? v : 0),
  leaky_relu: (v, slope) => (v > 0 ? v : slope * v),
  elu: (v) => (v > 0 ? v : Math.expm1(v)),
  selu: (v) => SELU[0] * (v > 0 ? v : SELU[1] * Math.expm1(v)),
  sigmoid: (v) => 1 / (1 + Math.exp(-v)),
  tanh: Math.tanh,
  softplus,
  silu: (v) => v / (1 + Math.exp(-v)),
};

function activate(out, { activation = "linear", slope }) {
  if (activation === "linear") return out;
  const f = ACTIVATIONS[activation];
  if (!f) throw new Error(`activation ${activation}: this page is older than the model; reload it`);
  for (let i = 0; i < out.length; i++) out[i] = f(out[i], slope);
  return out;
}

/** out[at + j] += x * kernel[from + j] for a row of j: what all layers with weights do, most of the time. */
function addRow(out, at, x, kernel, from, width) {
  for (let j = 0; j < width; j++) out[at + j] += x * kernel[from + j];
}

function fillBias(out, bias) {
  if (!bias) return out.fill(0);
  for (let i = 0; i < out.length; i += bias.length) out.set(bias, i);
  return out;
}

const MAKERS = {
  dense(step, [input], out) {
    const { kernel, bias } = step;
    const width = step.shape.at(-1);
    const inner = input.shape.at(-1);
    return (x) => {
      fillBias(out, bias);
      for (let i = 0; i < x.length; i++) {
        if (x[i] !== 0) addRow(out, Math.floor(i / inner) * width, x[i], kernel, (i % inner) * width, width);
      }
      return activate(out, step);
    };
  },
  conv(step, [input], out) {
    const [rows, columns, channels] = input.shape;
    const [outRows, outColumns, width] = step.shape;
    const [kernelRows, kernelColumns] = step.size;
    const { kernel, bias, strides, before } = step;
    return (x) => {
      fillBias(out, bias);
      for (let oy = 0; oy < outRows; oy++) {
        for (let ox = 0; ox < outColumns; ox++) {
          const to = (oy * outColumns + ox) * width;
          for (let ky = 0; ky < kernelRows; ky++) {
            const y = oy * strides[0] - before[0] + ky;
            if (y < 0 || y >= rows) continue;
            for (let kx = 0; kx < kernelColumns; kx++) {
              const at = ox * strides[1] - before[1] + kx;
              if (at < 0 || at >= columns) continue;
              const from = (y * columns + at) * channels;
              const tap = (ky * kernelColumns + kx) * channels;
              for (let c = 0; c < channels; c++) {
                if (x[from + c] !== 0) addRow(out, to, x[from + c], kernel, (tap + c) * width, width);
              }
            }
          }
        }
      }
      return activate(out, step);
    };
  },
  conv_transpose(step, [input], out) {
    const [rows, columns, channels] = input.shape;
    const [outRows, outColumns, width] = step.shape;
    const [kernelRows, kernelColumns] = step.size;
    const { kernel, bias, strides, before } = step;
    return (x) => {
      fillBias(out, bias);
      for (let y = 0; y < rows; y++) {
        for (let at = 0; at < columns; at++) {
          const from = (y * columns + at) * channels;
          for (let ky = 0; ky < kernelRows; ky++) {
            const oy = y * strides[0] - before[0] + ky;
            if (oy < 0 || oy >= outRows) continue;
            for (let kx = 0; kx < kernelColumns; kx++) {
              const ox = at * strides[1] - before[1] + kx;
              if (ox < 0 || ox >= outColumns) continue;
              const to = (oy * outColumns + ox) * width;
              const tap = (ky * kernelColumns + kx) * channels;
              for (let c = 0; c < channels; c++) {
                if (x[from + c] !== 0) addRow(out, to, x[from + c], kernel, (tap + c) * width, width);
              }
            }
          }
        }
      }
      return activate(out, step);
    };
  },
  upsample(step, [input], out) {
    const [, columns, channels] = input.shape;
    const [outRows, outColumns] = step.shape;
    return (x) => {
      for (let y = 0; y < outRows; y++) {
        for (let at = 0; at < outColumns; at++) {
          const from = (Math.floor(y / step.factors[0]) * columns + Math.floor(at / step.factors[1])) * channels;
          for (let c = 0; c < channels; c++) out[(y * outColumns + at) * channels + c] = x[from + c];
        }
      }
      return out;
    };
  },
  crop(step, [input], out) {
    const [, columns, channels] = input.shape;
    const [outRows, outColumns] = step.shape;
    return (x) => {
      for (let y = 0; y < outRows; y++) {
        const from = ((y + step.before[0]) * columns + step.before[1]) * channels;
        out.set(x.subarray(from, from + outColumns * channels), y * outColumns * channels);
      }
      return out;
    };
  },
  affine(step, _, out) {
    const { factor, offset } = step;
    return (x) => {
      for (let i = 0; i < out.length; i++) out[i] = x[i] * factor[i % factor.length] + offset[i % factor.length];
      return out;
    };
  },
  add: (_, __, out) => (...all) => {
    out.set(all[0]);
    for (const x of all.slice(1)) for (let i = 0; i < out.length; i++) out[i] += x[i];
    return out;
  },
  activation: (step, _, out) => (x) => {
    out.set(x);
    return activate(out, step);
  },
  reshape: () => (x) => x,
};

/**
 * A decoder from steps and bytes.
 * @returns {{decode: (code: Float32Array) => Float32Array, shape: number[], size: number}} `decode` gives numbers of
 *   the picture, which the next call overwrites; `shape` is the picture's, `size` how many numbers a code has.
 */
export function decoderOf(steps, bytes) {
  const { buffer, byteOffset, byteLength } = bytes;
  const own = buffer.slice(byteOffset, byteOffset + byteLength); // aligned, whatever it lay in
  const count = (shape) => shape.reduce((product, side) => product * side, 1);
  const arrays = ["kernel", "bias", "factor", "offset"];
  const ready = steps.map((step) => {
    const found = Object.fromEntries(arrays.filter((name) => step[name]).map((name) => [name, arrayOf(own, step[name])]));
    return { ...step, ...found, size: step.kernel?.shape };
  });
  const run = ready.map((step, i) => {
    if (!i) return null;
    if (!MAKERS[step.kind]) throw new Error(`layer ${step.kind}: this page is older than the model; reload it`);
    const out = step.kind === "reshape" ? null : new Float32Array(count(step.shape));
    return MAKERS[step.kind](step, step.of.map((j) => steps[j]), out);
  });
  const size = count(steps[0].shape);
  const decode = (code) => {
    if (code.length !== size) throw new Error(`code: expected ${size} numbers, got ${code.length}`);
    const made = [code];
    for (let i = 1; i < run.length; i++) made.push(run[i](...ready[i].of.map((j) => made[j])));
    return made.at(-1);
  };
  return { decode, shape: steps.at(-1).shape, size };
}

/** Numbers in [0, 1] as pixels, written into ImageData of the same size. */
export function paint(numbers, channels, image) {
  const { data } = image;
  for (let i = 0, j = 0; j < data.length; i += channels, j += 4) {
    for (let c = 0; c < 3; c++) data[j + c] = 255 * numbers[i + (channels === 1 ? 0 : c)] + 0.5;
    data[j + 3] = 255;
  }
  return image;
}
