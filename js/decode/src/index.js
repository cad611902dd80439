// Decodes .aew pictures. `loadModel` reads weights once; `decode` then turns files into pixels.

import { MAX_PIXELS, parse, parseArriving, readSize } from "./container.js";
import { convolver } from "./convolution.js";
import { BitstreamError, IncompleteError } from "./errors.js";
import { Networks } from "./latents.js";
import { decodeLossless, inflated } from "./lossless.js";
import { readNpz } from "./npz.js";
import { cut, plane } from "./planes.js";
import { Synthesis } from "./synthesis.js";

const MAX_ICC = 1 << 20; // bytes of a colour profile

export { BitstreamError, IncompleteError, readSize };

/** Trained codec: decodes the files that carry its fingerprint. */
export class Model {
  constructor(arrays, fingerprint, simd = true) {
    const convolve = convolver(simd);
    const config = { activation: "relu", ...JSON.parse(new TextDecoder().decode(arrays.get("config").data)) };
    this.fingerprint = fingerprint;
    this.networks = new Networks(arrays, config, convolve);
    this.synthesis = new Synthesis(arrays, config, convolve);
  }

  /** Return latents and symbols, integers that are the same on every machine. */
  latents(file) {
    if (file.fingerprint !== this.fingerprint) {
      throw new BitstreamError(`written by model ${file.fingerprint}, this is ${this.fingerprint}`);
    }
    if (file.lengths.length !== this.networks.streams) {
      throw new BitstreamError(`${file.lengths.length} substreams: this model writes ${this.networks.streams}`);
    }
    return this.networks.decode(file);
  }

  /** Return the colours of a file, a plane of one channel or of three. */
  colours(file) {
    const { y, symbols } = this.latents(file);
    const Type = file.levels.depth > 8 ? Uint16Array : Uint8Array;
    const whole = this.synthesis.picture(y, symbols, file.quality, file.levels);
    const shown = cut(whole, 0, file.height, 0, file.width, 3, Type);
    if (!file.gray) return shown;
    const gray = plane(file.height, file.width, 1, Type);
    for (let k = 0; k < gray.data.length; k++) {
      gray.data[k] = Math.floor((shown.data[3 * k] + shown.data[3 * k + 1] + shown.data[3 * k + 2] + 1) / 3);
    }
    return gray;
  }
}

/**
 * Return the model in a file of weights.
 *
 * @param {Uint8Array} bytes an .npz file: a shipped codec's, or the decoder's share of it.
 * @param {object} options `fingerprint`, 8 hexadecimal digits, for a share; else it is the start of the SHA-256.
 *   `simd`: whether to use WebAssembly where it can be had.
 */
export async function loadModel(bytes, { fingerprint, simd = true } = {}) {
  const arrays = await readNpz(bytes);
  const stated = arrays.get("fingerprint")?.data;
  const own = stated ?? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).subarray(0, 4);
  const named = Array.from(own.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return new Model(arrays, fingerprint ?? named, simd);
}

/**
 * Decode a whole .aew file.
 *
 * @param {Uint8Array} bytes the file.
 * @param {Model|function} model the model that wrote it, or a function that is given a fingerprint and returns, or
 *   promises, the model; a lossless file needs none.
 * @param {object} options `maxPixels`: larger pictures are refused before memory is taken for them.
 * @returns {Promise<object>} width, height, channels (1 gray, 2 gray and alpha, 3 RGB, 4 RGBA), data (Uint8Array, or
 *   Uint16Array of more than 8 bits), depth in bits; quality, 0 to 65535, of lossy files; maxError, levels, of the others;
 *   icc (Uint8Array), the colour profile.
 */
export async function decode(bytes, model, { maxPixels = MAX_PIXELS } = {}) {
  const file = parse(bytes, maxPixels);
  const profile = file.chunks.get("iccp");
  const icc = profile ? await inflated(profile, MAX_ICC, "colour profile") : new Uint8Array();
  const { height, width, levels: { depth } } = file;
  const coded = file.chunks.get("Alph");
  if (depth > 8 && (coded?.length || !file.streams.length)) {
    throw new BitstreamError(`lossless samples of ${depth} bits, which this decoder does not know: aewidgets decodes them`);
  }
  if (!file.streams.length) return { ...(await samplesOf(file)), depth, maxError: file.quality, icc };
  const alpha = coded?.length ? (await decodeLossless(coded, height, width, 1)).data : null;
  const found = typeof model === "function" ? await model(file.fingerprint) : model;
  if (!found) throw new BitstreamError(`written by model ${file.fingerprint}, of which no weights are given`);
  const colours = found.colours(file);
  return { ...(coded ? withAlpha(colours, alpha, 2 ** depth - 1) : colours), depth, quality: file.quality, icc };
}

async function samplesOf({ chunks, height, width, gray }) {
  const content = chunks.get("Pict");
  const channels = content[0];
  if (!(gray ? [1, 2] : [3, 4]).includes(channels)) {
    throw new BitstreamError(`a lossless picture of ${channels} channels does not fit the header: the file is damaged`);
  }
  return decodeLossless(content.subarray(1), height, width, channels);
}

/** Return colours with an alpha channel; without samples every pixel is opaque. */
function withAlpha(colours, alpha, opaque) {
  const { height, width, channels } = colours;
  const out = plane(height, width, channels + 1, colours.data.constructor);
  for (let k = 0; k < height * width; k++) {
    for (let c = 0; c < channels; c++) out.data[k * (channels + 1) + c] = colours.data[k * channels + c];
    out.data[k * (channels + 1) + channels] = alpha ? alpha[k] : opaque;
  }
  return out;
}

/** Decode the beginning of a file, as far as it has arrived; `groups` of `of` substreams are in the picture. */
export function decodeArriving(bytes, model, { maxPixels = MAX_PIXELS } = {}) {
  const file = parseArriving(bytes, maxPixels);
  const { levels, quality, streams, lengths } = file;
  return { ...model.colours(file), depth: levels.depth, quality, groups: streams.length, of: lengths.length };
}

/** Return pixels as RGBA, Uint8ClampedArray, as a canvas shows them. */
export function toRgba({ data, channels, depth }) {
  const from = { 1: [0, 0, 0], 2: [0, 0, 0, 1], 3: [0, 1, 2], 4: [0, 1, 2, 3] }[channels];
  const out = new Uint8ClampedArray((data.length / channels) * 4).fill(255);
  const scale = 255 / (2 ** depth - 1);
  for (let k = 0, to = 0; k < data.length; k += channels, to += 4) {
    from.forEach((c, at) => (out[to + at] = data[k + c] * scale)); // which rounds
  }
  return out;
}
