// Substreams to latents: one pass over the parts of a picture, in the order in which they were coded. Integers only.

import { CLASSES, DC, activations, differences, passes, prediction } from "./dc.js";
import { crc32 } from "./container.js";
import { BitstreamError } from "./errors.js";
import { IntegerConv, prior, signedLog, tableNumber } from "./integers.js";
import { cut, depthToSpace, plane, put, tiles } from "./planes.js";
import { SymbolDecoder, unpackTables } from "./symbols.js";
import { Trellis } from "./trellis.js";

const TILE = 64; // side of the tiles that the heads work on
const [MEAN_STEPS, HYPER_STRIDE, MAX_STREAMS, QUALITY_MAX] = [64, 4, 4, 65535];
const PHASES = {
  2: [[[0, 0], [1, 1]], [[0, 1], [1, 0]]],
  3: [[[0, 0]], [[1, 1]], [[0, 1], [1, 0]]],
};

/** Decoder of the parts of a picture, each from its substream; a missing one gives zeros. */
class Parts {
  constructor(streams, tables, trellis) {
    this.trellis = trellis;
    this.decoders = streams.map((bytes) => new SymbolDecoder(bytes, trellis ? [...tables, ...trellis.tables] : tables));
    this.checks = streams.map(() => 0);
  }

  /** Return offsets, Int32Array (n) multiples of 1/64, of the next symbols with these tables. */
  code(stream, index, plain = false) {
    if (stream >= this.decoders.length) return new Int32Array(index.length);
    const decoder = this.decoders[stream];
    let offsets;
    let seen;
    if (!this.trellis || plain) {
      seen = decoder.pop(index);
      offsets = seen.map((symbol) => symbol * MEAN_STEPS);
    } else {
      const [others, through] = Trellis.split(index);
      offsets = new Int32Array(index.length);
      decoder.pop(Uint8Array.from(others, (i) => index[i])).forEach((symbol, k) => {
        offsets[others[k]] = symbol * MEAN_STEPS;
      });
      const levels = this.trellis.pop(decoder, Uint8Array.from(through, (i) => index[i]));
      through.forEach((i, k) => {
        offsets[i] = levels[k];
      });
      seen = offsets;
    }
    this.checks[stream] = crc32(littleEndian(seen), this.checks[stream]);
    return offsets;
  }

  finish(checks) {
    for (const decoder of this.decoders) decoder.finish();
    if (this.checks.some((check, k) => (check & 0xffff) !== checks[k])) {
      throw new BitstreamError("the decoded symbols fail their check: the file is damaged");
    }
  }
}

const LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function littleEndian(integers) {
  const bytes = new Uint8Array(integers.slice().buffer);
  if (!LITTLE) for (let i = 0; i < bytes.length; i += 4) bytes.subarray(i, i + 4).reverse();
  return bytes;
}

/** Return the whole steps of an offset, rounded away from zero; of the result the synthesis needs only the sign. */
function stored(offset) {
  const steps = Math.min((Math.abs(offset) + MEAN_STEPS - 1) >> 6, 32767);
  return offset < 0 ? -steps : steps;
}

/** Networks that predict the mean and the table of every symbol, made of the arrays of a codec's weights. */
export class Networks {
  constructor(arrays, config, convolve) {
    this.groups = config.groups;
    this.prior = prior(arrays, "prior");
    this.tables = unpackTables(arrays.get("tables/entries").data, arrays.get("tables/lengths").data);
    this.trellis = arrays.has("trellis/kinds") ? new Trellis(arrays) : null;
    this.channels = this.groups.reduce((a, b) => a + b);
    this.hyper = arrays.has("z_prior/mean");
    if (!this.hyper) return;
    const conv = (name) => new IntegerConv(arrays, name, convolve);
    this.zPrior = prior(arrays, "z_prior");
    this.dcPrior = prior(arrays, "dc_prior");
    this.zChannels = arrays.get("z_prior/mean").shape[1];
    this.synthesis = [conv("hyper_0"), conv("hyper_1")];
    this.heads = this.groups.map((_, g) => (g ? [0, 1, 2] : [0, 1]).map((i) => conv(`head_${g}_${i}`)));
    this.later = this.groups.map((_, g) => [1, 2].filter((k) => arrays.has(`head_${g}_pass_${k}_0/kernel`))
      .map((k) => [conv(`head_${g}_pass_${k}_0`), conv(`head_${g}_pass_${k}_1`)]));
    this.dcHeads = new Map(["centre", "side"].filter((kind) => arrays.has(`dc_${kind}_0/kernel`))
      .map((kind) => [kind, [conv(`dc_${kind}_0`), conv(`dc_${kind}_1`)]]));
    this.log = signedLog(arrays.get("logarithm").data);
  }

  /** Number of substreams of a file. */
  get streams() {
    return this.hyper ? Math.min(MAX_STREAMS, this.groups.length - 1) : this.groups.length;
  }

  /** Return latents, an Int32 plane in multiples of 1/64, and their symbols, an Int16 plane. */
  decode({ streams, checks, height, width, quality }) {
    const parts = new Parts(streams, this.tables, this.trellis);
    const [rows, columns] = [Math.ceil(height / 16), Math.ceil(width / 16)];
    const y = plane(rows, columns, this.channels, Int32Array);
    const symbols = plane(rows, columns, this.channels, Int16Array);
    if (this.hyper) this.runHyper(parts, y, symbols, quality);
    else this.runFactorised(parts, y, symbols, quality);
    parts.finish(checks);
    return { y, symbols };
  }

  runFactorised(parts, y, symbols, quality) {
    const [mean, index] = this.prior(quality);
    let start = 0;
    this.groups.forEach((size, stream) => {
      const positions = y.height * y.width;
      const tables = new Uint8Array(positions * size);
      for (let k = 0; k < tables.length; k++) tables[k] = tableNumber(index[start + (k % size)]);
      const coded = parts.code(stream, tables);
      for (let p = 0, k = 0; p < positions; p++) {
        for (let c = start; c < start + size; c++, k++) {
          y.data[p * y.channels + c] = mean[c] + coded[k];
          symbols.data[p * y.channels + c] = stored(coded[k]);
        }
      }
      start += size;
    });
  }

  runHyper(parts, y, symbols, quality) {
    const { height, width } = y;
    const shared = this.groups.length - this.streams; // groups beside the DC plane in the first substream
    const context = plane(height + 2, width + 2, this.heads.at(-1)[0].kernel.channels, Int16Array);
    const features = this.features(this.codeZ(parts, height, width, quality), quality, height, width);
    put(features, context, 1, 1);
    let seen = features.channels;
    const first = this.predict(0, context, seen, null, null);
    this.codeDc(parts, quality, first, y, symbols);
    const dc = Int32Array.from({ length: height * width * DC }, (_, k) =>
      y.data[Math.floor(k / DC) * y.channels + (k % DC)]);
    let visible = { height, width, channels: 18, data: activations(this.log, differences(dc, height, width), 9) };
    const [priorMean, priorIndex] = this.prior(quality);
    let start = DC;
    for (let g = 1; g < this.groups.length; g++) {
      const size = this.groups[g];
      put(visible, context, 1, 1, seen);
      seen += visible.channels;
      const part = this.predict(g, context, seen, priorMean.subarray(start), priorIndex.subarray(start));
      const stream = Math.max(0, g - shared);
      if (this.later[g].length) this.codePasses(parts, stream, this.later[g], part, symbols, start);
      else codeWhole(parts, stream, part, symbols, start);
      put(part.mean, y, 0, 0, start);
      visible = plane(height, width, 2 * size);
      for (let p = 0, k = 0; p < height * width; p++) {
        for (let c = 0; c < size; c++, k++) {
          const value = this.log(part.mean.data[k]);
          visible.data[2 * size * p + c] = value;
          visible.data[2 * size * p + size + c] = Math.abs(value);
        }
      }
      start += size;
    }
  }

  codeZ(parts, height, width, quality) {
    const z = plane(Math.ceil(height / HYPER_STRIDE), Math.ceil(width / HYPER_STRIDE), this.zChannels, Int32Array);
    const [mean, index] = this.zPrior(quality);
    const tables = Uint8Array.from(z.data, (_, k) => tableNumber(index[k % z.channels]));
    parts.code(0, tables, true).forEach((offset, k) => {
      z.data[k] = offset + mean[k % z.channels];
    });
    return z;
  }

  features(z, quality, height, width) {
    let x = plane(z.height, z.width, z.channels + 1);
    const level = Math.floor((quality * 127) / QUALITY_MAX);
    for (let p = 0; p < z.height * z.width; p++) {
      for (let c = 0; c < z.channels; c++) {
        x.data[p * x.channels + c] = Math.min(Math.max(z.data[p * z.channels + c] >> 2, -255), 255);
      }
      x.data[p * x.channels + z.channels] = level;
    }
    for (const layer of this.synthesis) x = depthToSpace(layer.apply(x), 2);
    return cut(x, 0, height, 0, width);
  }

  /** Return mean and index planes of group `g`, and, where it has later passes, its features in a frame of zeros. */
  predict(g, context, seen, priorMean, priorIndex) {
    const [height, width] = [context.height - 2, context.width - 2];
    const size = this.groups[g];
    const [first, ...others] = this.heads[g];
    const last = others.pop();
    const mean = plane(height, width, size, Int32Array);
    const index = plane(height, width, size, Int32Array);
    const hidden = this.later[g].length ? plane(height + 2, width + 2, last.kernel.channels) : null;
    for (const [top, bottom, left, right] of tiles(height, width, TILE)) {
      let x = first.inside(cut(context, top, bottom + 2, left, right + 2, seen));
      for (const layer of others) x = layer.apply(x);
      if (hidden) put(x, hidden, top + 1, left + 1);
      const both = last.apply(x).data;
      for (let i = top, k = 0; i < bottom; i++) {
        for (let j = left; j < right; j++, k += 2 * size) {
          const at = (i * width + j) * size;
          for (let c = 0; c < size; c++) {
            mean.data[at + c] = both[k + c] + (priorMean ? priorMean[c] : 0);
            index.data[at + c] = both[k + size + c] + (priorIndex ? priorIndex[c] : 0);
          }
        }
      }
    }
    return { mean, index, hidden };
  }

  codeDc(parts, quality, { mean, index }, y, symbols) {
    const { height, width } = y;
    const dc = new Int32Array(height * width * DC);
    const [classMean, classIndex] = this.dcPrior(quality);
    for (const [number, kind, positions, step] of passes(height, width)) {
      if (!positions.length) continue;
      const m = new Int32Array(positions.length * DC);
      const index_ = new Int32Array(m.length);
      positions.forEach((position, n) => {
        for (let c = 0; c < DC; c++) {
          m[DC * n + c] = mean.data[DC * position + c] + classMean[c * CLASSES + number];
          index_[DC * n + c] = index.data[DC * position + c] + classIndex[c * CLASSES + number];
        }
      });
      const [predicted, around] = kind ? prediction(dc, height, width, kind, positions, step) : [];
      if (kind) predicted.forEach((value, k) => {
        m[k] += value;
      });
      if (this.dcHeads.has(kind)) {
        const channels = around.length / positions.length;
        let x = { height: 1, width: positions.length, channels: 2 * channels,
          data: activations(this.log, around, channels) };
        for (const layer of this.dcHeads.get(kind)) x = layer.apply(x);
        for (let n = 0; n < positions.length; n++) {
          for (let c = 0; c < DC; c++) {
            m[DC * n + c] += x.data[2 * DC * n + c];
            index_[DC * n + c] += x.data[2 * DC * n + DC + c];
          }
        }
      }
      const coded = parts.code(0, Uint8Array.from(index_, tableNumber));
      positions.forEach((position, n) => {
        for (let c = 0; c < DC; c++) {
          const value = coded[DC * n + c] + m[DC * n + c];
          dc[DC * position + c] = value;
          y.data[position * y.channels + c] = value;
          symbols.data[position * y.channels + c] = stored(coded[DC * n + c]);
        }
      });
    }
  }

  /** Decode a group in passes over a pattern of positions; its means become the decoded values. */
  codePasses(parts, stream, heads, { mean, index, hidden }, symbols, start) {
    const { height, width, channels: size } = mean;
    const features = hidden.channels;
    const seen = plane(height + 2, width + 2, features + 2 * size); // features, then values of earlier passes
    put(hidden, seen, 0, 0);
    const pattern = PHASES[1 + heads.length];
    pattern.forEach((phases, k) => {
      if (k) for (const phase of phases) correct(heads[k - 1], seen, phase, mean, index);
      for (const [row, column] of phases) {
        const sites = [];
        for (let i = row; i < height; i += 2) for (let j = column; j < width; j += 2) sites.push(i * width + j);
        if (!sites.length) continue;
        const tables = new Uint8Array(sites.length * size);
        sites.forEach((site, n) => {
          for (let c = 0; c < size; c++) tables[n * size + c] = tableNumber(index.data[site * size + c]);
        });
        const coded = parts.code(stream, tables);
        sites.forEach((site, n) => {
          const to = ((Math.floor(site / width) + 1) * seen.width + (site % width) + 1) * seen.channels + features;
          for (let c = 0; c < size; c++) {
            const offset = coded[n * size + c];
            const value = (mean.data[site * size + c] += offset);
            symbols.data[site * symbols.channels + start + c] = stored(offset);
            if (k + 1 === pattern.length) continue;
            const log = this.log(value);
            seen.data[to + c] = log;
            seen.data[to + size + c] = Math.abs(log);
          }
        });
      }
    });
  }
}

/** Decode a group at all positions at once; its means become the decoded values. */
function codeWhole(parts, stream, { mean, index }, symbols, start) {
  const size = mean.channels;
  const coded = parts.code(stream, Uint8Array.from(index.data, tableNumber));
  for (let p = 0, k = 0; p < mean.height * mean.width; p++) {
    for (let c = 0; c < size; c++, k++) {
      mean.data[k] += coded[k];
      symbols.data[p * symbols.channels + start + c] = stored(coded[k]);
    }
  }
}

/** Add a later pass's corrections to mean and index at one phase. */
function correct([first, last], seen, [row, column], mean, index) {
  const { height, width, channels: size } = mean;
  for (const [top, bottom, left, right] of tiles(height, width, TILE)) {
    const x = last.apply(first.inside(cut(seen, top + row, bottom + 2, left + column, right + 2), 2));
    for (let i = top + row, k = 0; i < bottom; i += 2) {
      for (let j = left + column; j < right; j += 2, k += 2 * size) {
        for (let c = 0; c < size; c++) {
          mean.data[(i * width + j) * size + c] += x.data[k + c];
          index.data[(i * width + j) * size + c] += x.data[k + size + c];
        }
      }
    }
  }
}
