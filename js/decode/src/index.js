// Decodes .aew pictures. `loadModel` reads weights once; `decode` then turns files into pixels.

import { MAX_PIXELS, parse, parseArriving, readSize } from "./container.js";
import { convolver } from "./convolution.js";
import { BitstreamError, IncompleteError } from "./errors.js";
import { Networks } from "./latents.js";
import { readNpz } from "./npz.js";
import { cut, plane } from "./planes.js";
import { Synthesis } from "./synthesis.js";

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
    const whole = this.synthesis.picture(y, symbols, file.quality);
    const shown = cut(whole, 0, file.height, 0, file.width, 3, Uint8Array);
    if (!file.gray) return shown;
    const gray = plane(file.height, file.width, 1, Uint8Array);
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
 * @param {Model} model the model that wrote it.
 * @param {object} options `maxPixels`: larger pictures are refused before memory is taken for them.
 * @returns {object} width, height, channels (1 or 3), data (Uint8Array); quality, 0 to 65535.
 */
export function decode(bytes, model, { maxPixels = MAX_PIXELS } = {}) {
  const file = parse(bytes, maxPixels);
  return { ...model.colours(file), quality: file.quality };
}

/** Decode the beginning of a file, as far as it has arrived; `groups` of `of` substreams are in the picture. */
export function decodeArriving(bytes, model, { maxPixels = MAX_PIXELS } = {}) {
  const file = parseArriving(bytes, maxPixels);
  return { ...model.colours(file), quality: file.quality, groups: file.streams.length, of: file.lengths.length };
}
