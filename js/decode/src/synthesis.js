// Latents to samples: a lapped transform and a convolutional path, tile by tile. Floats: a sample may differ by one
// level between machines. Letters and numbers are those of aewidgets/codec/coding/integer/synthesis.py.

import { Kernel } from "./convolution.js";
import { cut, depthToSpace, plane, put, tiles } from "./planes.js";

const TILE = 32; // side of a tile in latent positions
const [BLOCK, MARGIN, CELL, KNOTS, QUALITY_MAX] = [16, 4, 8, 9, 65535];
const OPPONENT = [[1, 1, 1], [1, 0, -1], [1, -2, 1]].map((row, c) => row.map((x) => x / Math.sqrt([3, 2, 6][c])));
const SLOPES = { relu: 0, leaky_relu: 0.2 };

function cosines(size, kind) {
  return Array.from({ length: size }, (_, k) => Array.from({ length: size }, (_, n) => kind === 4
    ? Math.sqrt(2 / size) * Math.cos((Math.PI * (2 * n + 1) * (2 * k + 1)) / (4 * size))
    : Math.sqrt((k ? 2 : 1) / size) * Math.cos((Math.PI * (2 * n + 1) * k) / (2 * size))));
}

const product = (a, b) => a.map((row) => b[0].map((_, j) => row.reduce((sum, x, k) => sum + x * b[k][j], 0)));
const transposed = (a) => a[0].map((_, j) => a.map((row) => row[j]));
const flipped = (a) => [...a].reverse();

/** Return a type-II DCT behind orthonormal pre-filters over the block borders, (16, 24). */
function lappedBasis() {
  const eye = (n) => Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Number(i === j)));
  const m = MARGIN;
  const one = eye(m);
  const flip = flipped(one);
  const butterfly = Array.from({ length: 2 * m }, (_, i) => Array.from({ length: 2 * m }, (_, j) =>
    (i < m ? (j < m ? one[i][j] : flip[i][j - m]) : j < m ? flip[i - m][j] : -one[i - m][j - m]) / Math.SQRT2));
  const rotation = product(product(product(flip, transposed(cosines(m, 2))), cosines(m, 4)), flip);
  const middle = eye(2 * m).map((row, i) => row.map((x, j) => (i >= m && j >= m ? rotation[i - m][j - m] : x)));
  const filter = product(product(butterfly, middle), butterfly);
  const window = eye(BLOCK + 2 * m);
  const end = window.length - 2 * m;
  filter.forEach((row, i) => row.forEach((x, j) => {
    window[i][j] = x;
    window[end + i][end + j] = x;
  }));
  return product(cosines(BLOCK, 2), window.slice(m, -m));
}

/** Return the basis of a colour as a kernel: for each channel its 24 x 24 samples in 3 x 3 cells of 8 x 8. */
function transformKernel(frequencies, learned, scale) {
  const basis = lappedBasis();
  const channels = frequencies.length;
  const data = new Float32Array(576 * channels);
  frequencies.forEach(([u, v], c) => {
    for (let i = 0; i < 24; i++) {
      for (let j = 0; j < 24; j++) {
        const sample = (Math.floor(i / CELL) * 3 + Math.floor(j / CELL)) * 64 + (i % CELL) * CELL + (j % CELL);
        data[c * 576 + sample] = Math.fround(basis[u][i] * basis[v][j]) + scale * learned[sample * channels + c];
      }
    }
  });
  return new Kernel({ shape: [1, 1, channels, 576], data });
}

/** Decoding transforms of one codec. */
export class Synthesis {
  constructor(arrays, config, convolve) {
    const get = (name) => {
      const array = arrays.get(name);
      if (!array) throw new TypeError(`weights: ${name} is missing`);
      return array;
    };
    const slope = SLOPES[config.activation];
    if (slope === undefined) throw new TypeError(`weights: unknown activation ${config.activation}`);
    this.convolve = convolve;
    const conv = (name, active) =>
      ({ kernel: new Kernel(get(`${name}/kernel`)), bias: get(`${name}/bias`).data, slope: active ? slope : 1 });
    const residual = (name) => ({ first: conv(`${name}/conv_1`, true), second: conv(`${name}/conv_2`, false) });
    const gain = (name) => ({ gains: get(`${name}/gain`).data });
    const quarter = [conv("g_s_4/0", true), gain("g_s_4/1")];
    for (let n = 2; n < 2 + 2 * config.depth; n += 2) quarter.push(residual(`g_s_4/${n}`), gain(`g_s_4/${n + 1}`));
    this.stacks = {
      16: [conv("g_s_16/0", true), gain("g_s_16/1"), residual("g_s_16/2"), conv("g_s_16/3", false)],
      8: [residual("g_s_8/0"), gain("g_s_8/1"), conv("g_s_8/2", false)],
      4: [...quarter, conv(`g_s_4/${2 + 2 * config.depth}`, false)],
    };
    const { frequencies, order, std } = config.statistics;
    this.typical = std.map((x) => Math.fround(Math.sqrt(x * x + 400)));
    this.logStep = get("log_step").data;
    this.offset = get("offset").data;
    // For each colour: where its channels are among the latents, in the order of its basis functions, and these.
    const places = order.map((_, k) => k).sort((a, b) => order[a] - order[b]);
    const scale = config.learning_scale ?? 0.02;
    let start = 0;
    this.colours = frequencies.map((list, i) => ({
      channels: places.slice(start, (start += list.length)),
      kernel: transformKernel(list, get(`transform/synthesis_${i}`).data, scale),
    }));
  }

  /** Return samples, a Uint8 or Uint16 plane (16 h, 16 w, 3), of latents; `levels` say what the samples count. */
  picture(y, symbols, quality, levels) {
    const { height: h, width: w } = y;
    const knots = Array.from({ length: KNOTS }, (_, k) =>
      Math.max(1 - Math.abs(Math.fround(quality / QUALITY_MAX) * (KNOTS - 1) - k), 0));
    const mixed = (rows, c, channels) => knots.reduce((sum, weight, k) => sum + weight * rows[k * channels + c], 0);
    const at4 = reach(this.stacks[4]);
    const at8 = Math.ceil(at4 / 2) + reach(this.stacks[8]);
    const at16 = Math.ceil(at8 / 2) + reach(this.stacks[16]);
    const out = plane(16 * h, 16 * w, 3, levels.depth > 8 ? Uint16Array : Uint8Array);
    const step = this.typical.map((_, c) => Math.exp(mixed(this.logStep, c, y.channels)));
    const shift = step.map((s, c) => s * mixed(this.offset, c, y.channels));
    for (const tile of tiles(h, w, TILE)) {
      const region = (scale, margin) => {
        const [top, bottom, left, right] = tile;
        return [Math.max(0, top * scale - margin), Math.min(h * scale, bottom * scale + margin),
          Math.max(0, left * scale - margin), Math.min(w * scale, right * scale + margin)];
      };
      const part = (x, have, scale, want) => cut(x, want[0] - have[0] * scale, want[1] - have[0] * scale,
        want[2] - have[2] * scale, want[3] - have[2] * scale);
      const [latents, eighths, quarters] = [region(1, at16), region(2, at8), region(4, at4)];
      const values = cut(y, ...latents);
      const signs = cut(symbols, ...latents);
      const normal = plane(values.height, values.width, values.channels);
      for (let k = 0; k < values.data.length; k += y.channels) {
        for (let c = 0; c < y.channels; c++) {
          const value = values.data[k + c] * (step[c] / 64) - Math.sign(signs.data[k + c]) * shift[c];
          values.data[k + c] = value;
          normal.data[k + c] = value / this.typical[c];
        }
      }
      const samples = this.linear(values);
      const squares = depthToSpace(cut(samples, 4 * quarters[0] - 16 * latents[0], 4 * quarters[1] - 16 * latents[0],
        4 * quarters[2] - 16 * latents[2], 4 * quarters[3] - 16 * latents[2]), 4, true);
      let x = depthToSpace(this.run(this.stacks[16], normal, mixed), 2);
      x = depthToSpace(this.run(this.stacks[8], part(x, latents, 2, eighths), mixed), 2);
      x = part(x, eighths, 2, quarters);
      const both = plane(x.height, x.width, squares.channels + x.channels);
      put(squares, both, 0, 0);
      for (let k = 0; k < both.data.length; k += both.channels) {
        for (let c = 0; c < squares.channels; c++) both.data[k + c] /= 64;
      }
      put(x, both, 0, 0, squares.channels);
      x = this.run(this.stacks[4], both, mixed);
      for (let k = 0; k < x.data.length; k++) x.data[k] += squares.data[k];
      const inner = region(4, 0);
      paint(part(x, quarters, 1, inner), out, 4 * inner[0], 4 * inner[2], levels);
    }
    return out;
  }

  /** Transform coefficients (h, w, c) to opponent colours (16 h, 16 w, 3). */
  linear(y) {
    const { height: h, width: w } = y;
    const out = plane(16 * h, 16 * w, 3);
    this.colours.forEach(({ channels, kernel }, colour) => {
      const own = plane(h, w, channels.length);
      for (let p = 0, k = 0; p < h * w; p++) for (const c of channels) own.data[k++] = y.data[p * y.channels + c];
      const blocks = this.convolve(kernel, own, 1);
      const whole = plane(16 * h + CELL, 16 * w + CELL, 1);
      for (let i = 0, k = 0; i < h; i++) {
        for (let j = 0; j < w; j++) {
          for (let a = 0; a < 3; a++) {
            for (let b = 0; b < 3; b++) {
              for (let s = 0; s < CELL; s++) {
                const at = (16 * i + CELL * a + s) * whole.width + 16 * j + CELL * b;
                for (let t = 0; t < CELL; t++) whole.data[at + t] += blocks.data[k++];
              }
            }
          }
        }
      }
      fold(whole);
      for (let i = 0; i < out.height; i++) {
        for (let j = 0; j < out.width; j++) {
          out.data[(i * out.width + j) * 3 + colour] = whole.data[(i + MARGIN) * whole.width + j + MARGIN];
        }
      }
    });
    return out;
  }

  run(stack, x, mixed) {
    for (const layer of stack) {
      if (layer.gains) {
        const factors = Array.from({ length: x.channels }, (_, c) => Math.exp(mixed(layer.gains, c, x.channels)));
        for (let k = 0; k < x.data.length; k += x.channels) {
          for (let c = 0; c < x.channels; c++) x.data[k + c] *= factors[c];
        }
      } else if (layer.first) {
        const y = this.conv(layer.second, this.conv(layer.first, x));
        for (let k = 0; k < x.data.length; k++) y.data[k] += x.data[k];
        x = y;
      } else x = this.conv(layer, x);
    }
    return x;
  }

  conv({ kernel, bias, slope }, x) {
    const around = kernel.size >> 1;
    const framed = around ? cut(x, -around, x.height + around, -around, x.width + around) : x;
    const out = this.convolve(kernel, framed, 1);
    const { data, channels } = out;
    for (let k = 0; k < data.length; k += channels) {
      for (let o = 0; o < channels; o++) {
        const value = data[k + o] + bias[o];
        data[k + o] = value < 0 ? slope * value : value;
      }
    }
    return out;
  }
}

/** Return the positions on each side, beyond its own, that an output of a stack depends on. */
function reach(stack) {
  return stack.reduce((sum, layer) => sum + (layer.first
    ? (layer.first.kernel.size >> 1) + (layer.second.kernel.size >> 1) : layer.kernel ? layer.kernel.size >> 1 : 0), 0);
}

/** Add each margin of a plane of one channel, mirrored, to the samples inside it. */
function fold({ height, width, data }) {
  for (let i = 0; i < MARGIN; i++) {
    for (let j = 0; j < width; j++) {
      data[(2 * MARGIN - 1 - i) * width + j] += data[i * width + j];
      data[(height - 2 * MARGIN + i) * width + j] += data[(height - 1 - i) * width + j];
    }
  }
  for (let i = MARGIN; i < height - MARGIN; i++) {
    for (let j = 0; j < MARGIN; j++) {
      data[i * width + 2 * MARGIN - 1 - j] += data[i * width + j];
      data[i * width + width - 2 * MARGIN + j] += data[i * width + width - 1 - j];
    }
  }
}

/** Put opponent colours of 4 x 4 pixels a position, (h, w, 48), as RGB into a picture. */
function paint(x, out, top, left, { depth, black, white }) {
  const [scale, most] = [(white - black) / 255, 2 ** depth - 1];
  const even = (value) => {
    const low = Math.floor(value);
    return value - low === 0.5 ? low + (low & 1) : Math.round(value);
  };
  for (let i = 0, k = 0; i < x.height; i++) {
    for (let j = 0; j < x.width; j++, k += 48) {
      for (let p = 0; p < 16; p++) {
        const at = ((top + 4 * i + (p >> 2)) * out.width + left + 4 * j + (p & 3)) * 3;
        for (let c = 0; c < 3; c++) {
          const value = 127.5 + OPPONENT.reduce((sum, row, o) => sum + row[c] * x.data[k + 16 * o + p], 0);
          out.data[at + c] = Math.min(Math.max(even(value * scale + black), 0), most);
        }
      }
    }
  }
}
