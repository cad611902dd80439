// Reads .npz files, as NumPy writes them: a zip archive of arrays. No pickled objects.

const TYPES = { "|u1": Uint8Array, "|i1": Int8Array, "|b1": Uint8Array, "<u2": Uint16Array, "<u4": Uint32Array,
  "<i4": Int32Array, "<f4": Float32Array, "<f2": Uint16Array };

/** Return the bytes of several arrays, one after the other. */
export function joined(parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Return the bytes that DEFLATE without a header stands for; at most `limit` of them. */
export async function inflate(bytes, limit = Infinity) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const parts = [];
  let total = 0;
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return joined(parts);
    total += value.length;
    if (total > limit) {
      reader.cancel().catch(() => {});
      throw new RangeError(`more than the ${limit} bytes that are allowed`);
    }
    parts.push(value);
  }
}

/** Return half floats, given as 16-bit integers, as floats. */
function fromHalves(halves) {
  return Float32Array.from(halves, (h) => {
    const [exponent, fraction] = [(h >> 10) & 31, h & 1023];
    const size = exponent ? (exponent === 31 ? (fraction ? NaN : Infinity) : 2 ** (exponent - 25) * (1024 + fraction))
      : fraction * 2 ** -24;
    return h & 0x8000 ? -size : size;
  });
}

function npy(bytes) {
  const long = bytes[6] > 1;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const start = long ? 12 : 10;
  const length = long ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = String.fromCharCode(...bytes.subarray(start, start + length));
  const [, type] = /'descr': '([^']+)'/.exec(header) ?? [];
  const [, order] = /'fortran_order': (\w+)/.exec(header) ?? [];
  const [, sides] = /'shape': \(([^)]*)\)/.exec(header) ?? [];
  const Type = TYPES[type];
  if (!Type || order !== "False" || sides === undefined) throw new TypeError(`unknown array in weights: ${header}`);
  const data = new Type(bytes.slice(start + length).buffer);
  const shape = sides.split(",").filter((side) => side.trim()).map(Number);
  return { shape, data: type === "<f2" ? fromHalves(data) : data };
}

/** Return the arrays, {shape, data}, of an .npz file by name. */
export async function readNpz(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw new TypeError("weights: expected an .npz file");
  const arrays = new Map();
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    const [method, size, nameLength, extra, comment, local] = [view.getUint16(at + 10, true), view.getUint32(at + 20, true),
      view.getUint16(at + 28, true), view.getUint16(at + 30, true), view.getUint16(at + 32, true), view.getUint32(at + 42, true)];
    const name = String.fromCharCode(...bytes.subarray(at + 46, at + 46 + nameLength));
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const content = bytes.subarray(start, start + size);
    arrays.set(name.replace(/\.npy$/, ""), npy(method ? await inflate(content) : content));
    at += 46 + nameLength + extra + comment;
  }
  return arrays;
}
