// Lossless samples: DEFLATE of differences, or VP8L. aewidgets/codec/files/lossless.py describes the ways.

import { BitstreamError } from "./errors.js";
import { inflate } from "./npz.js";
import { plane } from "./planes.js";
import { decodeVp8l } from "./vp8l.js";

const [PLAIN, LEFT, VP8L] = [0, 1, 3];
const FROM_RGBA = { 1: [1], 2: [1, 3], 3: [0, 1, 2], 4: [0, 1, 2, 3] };

/** Return samples, a Uint8 plane, of their coding in a chunk. */
export async function decodeLossless(bytes, height, width, channels) {
  const how = bytes[0];
  if (!(how <= VP8L)) throw new BitstreamError("the lossless samples are coded in a way not known to this decoder");
  const out = plane(height, width, channels, Uint8Array);
  if (how === VP8L) {
    const rgba = decodeVp8l(bytes.subarray(1), height, width);
    FROM_RGBA[channels].forEach((from, c) => {
      for (let k = 0; k < height * width; k++) out.data[k * channels + c] = rgba[4 * k + from];
    });
    return out;
  }
  const size = height * width * channels;
  const planes = await inflated(bytes.subarray(1), size, "coding of lossless samples");
  if (planes.length !== size) throw new BitstreamError(`${planes.length} lossless samples: expected ${size}`);
  if (how !== PLAIN) {
    const step = how === LEFT ? 1 : width;
    for (let k = 0, area = height * width; k < size; k++) {
      const inside = how === LEFT ? k % width : k % area >= width;
      if (inside) planes[k] += planes[k - step];
    }
  }
  const area = height * width;
  for (let k = 0; k < area; k++) {
    for (let c = 0; c < channels; c++) out.data[k * channels + c] = planes[c * area + k];
    if (channels >= 3) { // green, red - green, blue - green
      const at = k * channels;
      const [green, red, blue] = out.data.subarray(at, at + 3);
      out.data.set([red + green, green, blue + green], at);
    }
  }
  return out;
}

/** Return what DEFLATE without a header stands for, refused in words where it is damaged or beyond a limit. */
export async function inflated(bytes, limit, what) {
  try {
    return await inflate(bytes, limit);
  } catch (error) {
    throw new BitstreamError(`the ${what} is damaged or has more than ${limit} bytes: ${error.message}`, { cause: error });
  }
}
