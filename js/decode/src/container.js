// The .aew file, version 1: the bytes around the substreams. aewidgets/codec/coding/container.py describes them.

import { BitstreamError, IncompleteError } from "./errors.js";

export const MAX_PIXELS = 100_000_000; // default limit: a tiny file must not claim the memory of a huge picture
const [VERSION, MAX_STREAMS, MAX_CHUNKS, MAX_ERROR, MODEL_SIDE] = [1, 15, 64, 16, 64];
const [GRAY, CHUNKS, AXIS_3, AXIS_1, DEEP] = [1, 2, 8, 16, 32];
const NEEDED = new Set(["Alph", "Pict"]);

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n >>> 0;
});

/** Return the CRC-32 of bytes, continued from the CRC-32 of those before. */
export function crc32(bytes, before = 0) {
  let crc = ~before >>> 0;
  for (let i = 0; i < bytes.length; i++) crc = CRC[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Reader of bytes, from first to last, that refuses to read beyond the end. */
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.position = 0;
  }

  take(count, what) {
    if (count > this.bytes.length - this.position) {
      throw new IncompleteError(`the file ends inside its ${what}: it was cut short, or wait until more has arrived`);
    }
    this.position += count;
    return this.bytes.subarray(this.position - count, this.position);
  }

  /** Return the next LEB128 number, which has one spelling: no zero byte at its end. */
  number(what) {
    let value = 0;
    for (let scale = 1; scale < 2 ** 35; scale *= 128) {
      const [byte] = this.take(1, what);
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (byte === 0 && scale > 1) break;
        return value;
      }
    }
    throw new BitstreamError(`the ${what} is not a number as this format writes it: the file is damaged`);
  }
}

function open(bytes) {
  const magic = [65, 69, 87];
  if (magic.some((byte, i) => i < bytes.length && bytes[i] !== byte)) {
    throw new BitstreamError("not an .aew file: it does not start with 'AEW'");
  }
  if (bytes.length > 3 && bytes[3] !== VERSION) {
    throw new BitstreamError(`the file has version ${bytes[3]} of the format, and this decoder reads version ${VERSION}`);
  }
  const reader = new Reader(bytes);
  reader.take(8, "header");
  return reader;
}

function readHeader(reader, maxPixels) {
  const fingerprint = hex(reader.take(4, "model fingerprint"));
  const [flags, low, high] = reader.take(3, "header");
  const axes = flags & (AXIS_1 | AXIS_3);
  if (flags & ~(GRAY | CHUNKS | AXIS_1 | AXIS_3 | DEEP)) {
    throw new BitstreamError(`flags 0x${flags.toString(16)} ask for a feature that this decoder does not know`);
  }
  if (axes === (AXIS_1 | AXIS_3) || (axes && !(flags & GRAY))) {
    throw new BitstreamError(`flags 0x${flags.toString(16)} contradict each other: the file is damaged`);
  }
  const levels = flags & DEEP ? readLevels(reader) : { depth: 8, black: 0, white: 255 };
  const height = reader.number("height");
  const width = reader.number("width");
  if (!height || !width || height * width > maxPixels) {
    throw new BitstreamError(`${width} x ${height} pixels: expected 1 to ${maxPixels}; raise maxPixels to allow more`);
  }
  const count = reader.number("number of substreams");
  if (count > MAX_STREAMS) throw new BitstreamError(`${count} substreams: expected at most ${MAX_STREAMS}`);
  const whole = (side) => Math.ceil(side / MODEL_SIDE) * MODEL_SIDE;
  if (count && whole(height) * whole(width) > 2 * maxPixels + (1 << 22)) {
    throw new BitstreamError(`${width} x ${height} pixels: so thin a picture needs the memory of a far larger one`);
  }
  const lengths = Array.from({ length: count }, () => reader.number("substream lengths"));
  const raw = reader.take(2 * count, "symbol checks");
  const checks = lengths.map((_, i) => raw[2 * i] | (raw[2 * i + 1] << 8));
  const axis = axes === AXIS_3 ? 3 : axes === AXIS_1 ? 1 : 0;
  return { fingerprint, height, width, quality: low | (high << 8), gray: Boolean(flags & GRAY), axis,
    chunksFollow: Boolean(flags & CHUNKS), lengths, checks, levels };
}

/** Read what samples of more than 8 bits count. */
function readLevels(reader) {
  const [depth, ...raw] = reader.take(5, "bit depth");
  const [black, white] = [raw[0] | (raw[1] << 8), raw[2] | (raw[3] << 8)];
  if (depth < 9 || depth > 16) throw new BitstreamError(`${depth} bits per sample: expected 9 to 16`);
  if (black >= white || white >= 2 ** depth) {
    throw new BitstreamError(`black of ${black} and white of ${white} do not fit ${depth} bits: the file is damaged`);
  }
  return { depth, black, white };
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return the header of a file, given at least its beginning: size, quality, model; nothing is verified. */
export function readSize(bytes, maxPixels = MAX_PIXELS) {
  return readHeader(open(bytes), maxPixels);
}

/**
 * Return a parsed file, of which everything is checked that can be checked without a model.
 *
 * @param {Uint8Array} bytes the whole file.
 * @param {number} maxPixels larger pictures are refused before memory is taken for them.
 * @returns {object} fingerprint, height, width, quality, gray, axis, checks; streams; chunks, a Map by name.
 */
export function parse(bytes, maxPixels = MAX_PIXELS) {
  const reader = open(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (crc32(bytes.subarray(8)) !== view.getUint32(4, true)) {
    throw new BitstreamError("the checksum does not match: the file is damaged or was cut short");
  }
  try {
    return checked(reader, readHeader(reader, maxPixels));
  } catch (error) {
    if (!(error instanceof IncompleteError)) throw error;
    throw new BitstreamError("the file ends before the parts that it announces: it is damaged", { cause: error });
  }
}

function checked(reader, header) {
  const streams = header.lengths.map((length) => reader.take(length, "substreams"));
  const chunks = new Map();
  while (header.chunksFollow && reader.position < reader.bytes.length && chunks.size <= MAX_CHUNKS) {
    const name = String.fromCharCode(...reader.take(4, "chunks"));
    const content = reader.take(reader.number("chunk length"), "chunks");
    if (chunks.has(name)) throw new BitstreamError("a chunk comes twice: the file is damaged");
    chunks.set(name, content);
  }
  if (reader.position !== reader.bytes.length || header.chunksFollow !== chunks.size > 0) {
    throw new BitstreamError("bytes follow where the file should end");
  }
  const whole = streams.length === 0;
  if (whole !== chunks.has("Pict") || whole !== (header.fingerprint === "00000000")) {
    throw new BitstreamError("expected either substreams and a model or one lossless picture: the file is damaged");
  }
  const { depth, black, white } = header.levels;
  const most = MAX_ERROR * 2 ** (depth - 8);
  if (whole && header.quality > most) {
    throw new BitstreamError(`samples within ${header.quality} levels: expected at most ${most}; it is damaged`);
  }
  if (whole && (black || white < 2 ** depth - 1)) {
    throw new BitstreamError("a picture without substreams has a black and a white of its own: the file is damaged");
  }
  for (const name of chunks.keys()) {
    if (/^[A-Z]/.test(name) && !NEEDED.has(name)) {
      throw new BitstreamError(`chunk ${name} is needed to decode the file and not known to this decoder`);
    }
  }
  if ((header.axis === 3 && whole) || (header.axis === 1 && chunks.has("Alph"))) {
    throw new BitstreamError("the shape of the gray picture does not fit what the file holds: the file is damaged");
  }
  if (whole && chunks.has("Alph")) {
    throw new BitstreamError("a lossless picture holds its own alpha, and this file has it twice: it is damaged");
  }
  return { ...header, streams, chunks };
}

/** Return a file whose substreams are those that have arrived whole; nothing but the header is verified yet. */
export function parseArriving(bytes, maxPixels = MAX_PIXELS) {
  const reader = open(bytes);
  const header = readHeader(reader, maxPixels);
  if (!header.lengths.length) throw new IncompleteError("this file decodes when all of it has arrived: wait");
  const streams = [];
  for (const length of header.lengths) {
    if (length > bytes.length - reader.position) break;
    streams.push(reader.take(length, "substreams"));
  }
  if (!streams.length) throw new IncompleteError("the first substream has not arrived whole: wait");
  return { ...header, streams, chunks: new Map() };
}
