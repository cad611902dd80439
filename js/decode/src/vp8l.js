// WebP's lossless bitstream, VP8L (RFC 9649, section 3): any bytes are decoded or refused.

import { BitstreamError } from "./errors.js";

const DISTANCES = [
  0x18, 0x07, 0x17, 0x19, 0x28, 0x06, 0x27, 0x29, 0x16, 0x1a, 0x26, 0x2a, 0x38, 0x05, 0x37, 0x39, 0x15, 0x1b, 0x36, 0x3a,
  0x25, 0x2b, 0x48, 0x04, 0x47, 0x49, 0x14, 0x1c, 0x35, 0x3b, 0x46, 0x4a, 0x24, 0x2c, 0x58, 0x45, 0x4b, 0x34, 0x3c, 0x03,
  0x57, 0x59, 0x13, 0x1d, 0x56, 0x5a, 0x23, 0x2d, 0x44, 0x4c, 0x55, 0x5b, 0x33, 0x3d, 0x68, 0x02, 0x67, 0x69, 0x12, 0x1e,
  0x66, 0x6a, 0x22, 0x2e, 0x54, 0x5c, 0x43, 0x4d, 0x65, 0x6b, 0x32, 0x3e, 0x78, 0x01, 0x77, 0x79, 0x53, 0x5d, 0x11, 0x1f,
  0x64, 0x6c, 0x42, 0x4e, 0x76, 0x7a, 0x21, 0x2f, 0x75, 0x7b, 0x31, 0x3f, 0x63, 0x6d, 0x52, 0x5e, 0x00, 0x74, 0x7c, 0x41,
  0x4f, 0x10, 0x20, 0x62, 0x6e, 0x30, 0x73, 0x7d, 0x51, 0x5f, 0x40, 0x72, 0x7e, 0x61, 0x6f, 0x50, 0x71, 0x7f, 0x60, 0x70,
]; // of the 120 nearest pixels: rows above, and 8 less the columns to the left
const LENGTHS = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const damaged = (why) => new BitstreamError(`the lossless samples are damaged: ${why}`);

/** Reader of bits, the lowest of a byte first. */
class Bits {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0; // in bits
  }

  bit() {
    const byte = this.at >> 3;
    if (byte >= this.bytes.length) throw damaged("they end too early");
    return (this.bytes[byte] >> (this.at++ & 7)) & 1;
  }

  read(count) {
    let value = 0;
    for (let k = 0; k < count; k++) value |= this.bit() << k;
    return value;
  }
}

/** Canonical prefix code. */
class Code {
  constructor(lengths) {
    this.counts = new Uint16Array(16);
    for (const length of lengths) this.counts[length]++;
    this.counts[0] = 0;
    const used = this.counts.reduce((a, b) => a + b, 0);
    if (!used) throw damaged("a code without symbols");
    const starts = new Uint16Array(17);
    let left = 1;
    for (let length = 1; length < 16; length++) {
      left = 2 * left - this.counts[length];
      if (left < 0) throw damaged("a code with too many symbols");
      starts[length + 1] = starts[length] + this.counts[length];
    }
    if (left && used > 1) throw damaged("a code that is not complete");
    this.symbols = new Uint16Array(used);
    lengths.forEach((length, symbol) => {
      if (length) this.symbols[starts[length]++] = symbol;
    });
    this.only = used === 1 ? this.symbols[0] : -1;
  }

  read(bits) {
    if (this.only >= 0) return this.only;
    for (let length = 1, code = 0, first = 0, index = 0; length < 16; length++) {
      code |= bits.bit();
      const count = this.counts[length];
      if (code - count < first) return this.symbols[index + code - first];
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw damaged("no symbol has this code");
  }
}

function readCode(bits, size) {
  const lengths = new Array(size).fill(0);
  if (bits.bit()) {
    const two = bits.bit();
    for (const width of two ? [bits.bit() ? 8 : 1, 8] : [bits.bit() ? 8 : 1]) {
      const symbol = bits.read(width);
      if (symbol >= size) throw damaged("a symbol that its alphabet lacks");
      lengths[symbol] = 1;
    }
    return new Code(lengths);
  }
  const first = new Array(19).fill(0);
  const count = 4 + bits.read(4);
  for (const place of LENGTHS.slice(0, count)) first[place] = bits.read(3);
  const code = new Code(first);
  let left = size;
  if (bits.bit()) {
    left = 2 + bits.read(2 + 2 * bits.read(3));
    if (left > size) throw damaged("more symbols than its alphabet has");
  }
  for (let symbol = 0, before = 8; symbol < size && left > 0; left--) {
    const length = code.read(bits);
    if (length < 16) {
      lengths[symbol++] = length;
      if (length) before = length;
      continue;
    }
    const [value, times] = length === 16 ? [before, 3 + bits.read(2)]
      : length === 17 ? [0, 3 + bits.read(3)] : [0, 11 + bits.read(7)];
    if (symbol + times > size) throw damaged("more symbols than its alphabet has");
    lengths.fill(value, symbol, (symbol += times));
  }
  return new Code(lengths);
}

const number = (bits, symbol) => {
  if (symbol < 4) return symbol + 1;
  const extra = (symbol - 2) >> 1;
  return ((2 + (symbol & 1)) << extra) + bits.read(extra) + 1;
};
const parts = (length, bits) => (length + (1 << bits) - 1) >> bits;

/** Return the pixels, Uint32Array of ARGB, of an image of entropy-coded pixels. */
function readImage(bits, width, height, whole = false) {
  const cacheBits = bits.bit() ? bits.read(4) : 0;
  if (cacheBits > 11) throw damaged("a cache that is too large");
  const cache = new Uint32Array(cacheBits ? 1 << cacheBits : 0);
  let [groupBits, groups, count] = [0, null, 1];
  if (whole && bits.bit()) {
    groupBits = 2 + bits.read(3);
    groups = readImage(bits, parts(width, groupBits), parts(height, groupBits)).map((pixel) => (pixel >> 8) & 0xffff);
    count = groups.reduce((a, b) => Math.max(a, b), 0) + 1;
    if (count > 8 * groups.length + 64) throw damaged("more codes than places for them");
  }
  const codes = Array.from({ length: count }, () => [280 + cache.length, 256, 256, 256, 40].map((n) => readCode(bits, n)));
  const out = new Uint32Array(width * height);
  const across = parts(width, groupBits);
  let cached = 0; // pixels that the cache has seen
  for (let at = 0; at < out.length; ) {
    const place = groups ? groups[((at / width) >>> groupBits) * across + ((at % width) >> groupBits)] : 0;
    const [green, red, blue, alpha, distance] = codes[place];
    const symbol = green.read(bits);
    if (symbol < 256) {
      const r = red.read(bits);
      const b = blue.read(bits);
      out[at++] = ((alpha.read(bits) << 24) | (r << 16) | (symbol << 8) | b) >>> 0;
    } else if (symbol < 280) {
      const length = number(bits, symbol - 256);
      const plain = number(bits, distance.read(bits));
      const near = DISTANCES[plain - 1];
      const back = plain > 120 ? plain - 120 : Math.max(1, (near >> 4) * width + 8 - (near & 15));
      if (back > at || length > out.length - at) throw damaged("a copy from outside the picture");
      for (const end = at + length; at < end; at++) out[at] = out[at - back];
    } else {
      for (; cached < at; cached++) cache[Math.imul(0x1e35a7bd, out[cached]) >>> (32 - cacheBits)] = out[cached];
      out[at++] = cache[symbol - 280];
    }
  }
  return out;
}

// Sums and means of the four bytes of pixels.
const add = (a, b) => ((((a & 0xff00ff00) >>> 0) + ((b & 0xff00ff00) >>> 0)) & 0xff00ff00) |
  (((a & 0x00ff00ff) + (b & 0x00ff00ff)) & 0x00ff00ff);
const mean = (a, b) => (((a ^ b) & 0xfefefefe) >>> 1) + (a & b);
const each = (a, b, c, f) => [24, 16, 8, 0].reduce((sum, s) =>
  sum | (Math.min(Math.max(f((a >>> s) & 255, (b >>> s) & 255, (c >>> s) & 255), 0), 255) << s), 0);

function select(left, top, corner) {
  let [toLeft, toTop] = [0, 0];
  for (const s of [24, 16, 8, 0]) {
    const [l, t, c] = [(left >>> s) & 255, (top >>> s) & 255, (corner >>> s) & 255];
    toLeft += Math.abs(t - c);
    toTop += Math.abs(l - c);
  }
  return toLeft < toTop ? left : top;
}

/** Predictions of a pixel by mode, from those left, above, above right and above left. */
const MODES = [
  () => 0xff000000, (l) => l, (l, t) => t, (l, t, r) => r, (l, t, r, c) => c,
  (l, t, r) => mean(mean(l, r), t), (l, t, r, c) => mean(l, c), (l, t) => mean(l, t), (l, t, r, c) => mean(c, t),
  (l, t, r) => mean(t, r), (l, t, r, c) => mean(mean(l, c), mean(t, r)), (l, t, r, c) => select(l, t, c),
  (l, t, r, c) => each(l, t, c, (x, y, z) => x + y - z),
  (l, t, r, c) => each(mean(l, t), c, 0, (x, y) => x + Math.trunc((x - y) / 2)),
];

function unpredict(pixels, width, height, { bits, data }) {
  const across = parts(width, bits);
  for (let i = 0, at = 0; i < height; i++) {
    for (let j = 0; j < width; j++, at++) {
      let guess;
      if (!i) guess = j ? pixels[at - 1] : 0xff000000;
      else if (!j) guess = pixels[at - width];
      else {
        const mode = (data[(i >> bits) * across + (j >> bits)] >> 8) & 15;
        const f = MODES[mode] ?? MODES[0];
        guess = f(pixels[at - 1], pixels[at - width], pixels[at - width + 1], pixels[at - width - 1]);
      }
      pixels[at] = add(pixels[at], guess);
    }
  }
}

function uncolour(pixels, width, height, { bits, data }) {
  const signed = (x) => (x << 24) >> 24;
  const across = parts(width, bits);
  for (let i = 0, at = 0; i < height; i++) {
    for (let j = 0; j < width; j++, at++) {
      const code = data[(i >> bits) * across + (j >> bits)];
      const pixel = pixels[at];
      const green = signed(pixel >> 8);
      const red = ((pixel >> 16) + ((signed(code) * green) >> 5)) & 255;
      const blue = (pixel + ((signed(code >> 8) * green) >> 5) + ((signed(code >> 16) * signed(red)) >> 5)) & 255;
      pixels[at] = ((pixel & 0xff00ff00) | (red << 16) | blue) >>> 0;
    }
  }
}

function addGreen(pixels) {
  for (let at = 0; at < pixels.length; at++) {
    const green = (pixels[at] >> 8) & 255;
    pixels[at] = ((pixels[at] & 0xff00ff00) | (((pixels[at] & 0x00ff00ff) + green * 0x10001) & 0x00ff00ff)) >>> 0;
  }
}

function unindex(pixels, width, height, { bits, palette }) {
  const [out, across, depth] = [new Uint32Array(width * height), parts(width, bits), 8 >> bits];
  for (let i = 0, at = 0; i < height; i++) {
    for (let j = 0; j < width; j++, at++) {
      const packed = (pixels[i * across + (j >> bits)] >> 8) & 255;
      out[at] = palette[(packed >> ((j & ((1 << bits) - 1)) * depth)) & ((1 << depth) - 1)] ?? 0;
    }
  }
  return out;
}

/** Return RGBA, Uint8Array (height * width * 4), of a VP8L bitstream of a picture of this size. */
export function decodeVp8l(bytes, height, width) {
  const bits = new Bits(bytes);
  if (bytes.length < 5 || bits.read(8) !== 0x2f) throw damaged("they are no VP8L bitstream");
  const claimed = [bits.read(14) + 1, bits.read(14) + 1];
  if (claimed[0] !== width || claimed[1] !== height) throw damaged(`they are ${claimed[0]} x ${claimed[1]}`);
  bits.bit(); // a hint that alpha is used
  if (bits.read(3)) throw damaged("an unknown version");
  const transforms = [];
  let wide = width;
  while (bits.bit()) {
    const type = bits.read(2);
    if (transforms.some((one) => one.type === type)) throw damaged("a transform comes twice");
    const one = { type, width: wide };
    if (type < 2) {
      one.bits = 2 + bits.read(3);
      one.data = readImage(bits, parts(wide, one.bits), parts(height, one.bits));
    } else if (type === 3) {
      const size = bits.read(8) + 1;
      one.bits = size > 16 ? 0 : size > 4 ? 1 : size > 2 ? 2 : 3;
      one.palette = readImage(bits, size, 1);
      for (let k = 1; k < size; k++) one.palette[k] = add(one.palette[k], one.palette[k - 1]);
      wide = parts(wide, one.bits);
    }
    transforms.push(one);
  }
  let pixels = readImage(bits, wide, height, true);
  for (const one of transforms.reverse()) {
    if (one.type === 0) unpredict(pixels, one.width, height, one);
    else if (one.type === 1) uncolour(pixels, one.width, height, one);
    else if (one.type === 2) addGreen(pixels);
    else pixels = unindex(pixels, one.width, height, one);
  }
  const out = new Uint8Array(4 * pixels.length);
  pixels.forEach((pixel, k) => out.set([(pixel >> 16) & 255, (pixel >> 8) & 255, pixel & 255, pixel >>> 24], 4 * k));
  return out;
}
