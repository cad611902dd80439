// Convolutions on integers, exact on every machine, and priors: what chooses the table of every symbol.

import { Kernel } from "./convolution.js";
import { cut } from "./planes.js";

const [MOST, KNOTS, QUALITY_MAX, LOG_ENTRIES] = [255, 9, 65535, 8192];

/** Integer convolution with zero padding: (sum + bias) / 2**shift, rounded half up, clipped where there is a ReLU. */
export class IntegerConv {
  constructor(arrays, name, convolve) {
    const get = (part) => {
      const array = arrays.get(`${name}/${part}`);
      if (!array) throw new TypeError(`weights: ${name}/${part} is missing`);
      return array;
    };
    this.convolve = convolve;
    this.kernel = new Kernel(get("kernel"));
    const shift = get("shift").data;
    this.offset = Float64Array.from(get("bias").data, (bias, o) => bias + (shift[o] ? 2 ** (shift[o] - 1) : 0));
    this.unit = Float64Array.from(shift, (s) => 2 ** -s);
    this.relu = Boolean(get("relu").data[0]);
  }

  /** Convolve a plane in a frame of zeros, or of what lies around it. */
  inside(x, stride = 1) {
    const out = this.convolve(this.kernel, x, stride);
    const { offset, unit, relu } = this;
    const { data, channels } = out;
    for (let k = 0; k < data.length; k += channels) {
      for (let o = 0; o < channels; o++) {
        const y = Math.floor((data[k + o] + offset[o]) * unit[o]);
        data[k + o] = relu ? Math.min(Math.max(y, 0), MOST) : y;
      }
    }
    return out;
  }

  /** Convolve a plane with zeros around it. */
  apply(x) {
    const reach = this.kernel.size >> 1;
    return this.inside(reach ? cut(x, -reach, x.height + reach, -reach, x.width + reach) : x);
  }
}

/** Return a function of a stored quality: mean and index of every channel, linear between knots, in integers. */
export function prior(arrays, name) {
  const tables = ["mean", "index"].map((part) => arrays.get(`${name}/${part}`));
  if (!tables[0] || !tables[1]) throw new TypeError(`weights: ${name} is missing`);
  const channels = tables[0].shape[1];
  return (quality) => {
    const position = quality * (KNOTS - 1);
    const knot = Math.min(Math.floor(position / QUALITY_MAX), KNOTS - 2);
    const part = Math.floor(((position - knot * QUALITY_MAX) * 256) / QUALITY_MAX);
    return tables.map(({ data }) => Int32Array.from({ length: channels }, (_, c) =>
      (data[knot * channels + c] * (256 - part) + data[(knot + 1) * channels + c] * part + 128) >> 8));
  };
}

/** Return the table number of an index in sixteenths of a table. */
export function tableNumber(index) {
  return Math.min(Math.max((index + 8) >> 4, 0), 63);
}

/** Return the shipped table of magnitudes as a function: 24 log2(1 + |y|), y in multiples of 1/64, with the sign. */
export function signedLog(logarithm) {
  return (y) => {
    const magnitude = logarithm[Math.min(Math.abs(y) >> 3, LOG_ENTRIES - 1)];
    return y < 0 ? -magnitude : magnitude;
  };
}
