// Weights as aewidgets.models.portable.weights packs them, back to float32. No layers.

/** The float32 value of a half-precision number, of which there are 65,536: looked up. */
let halves;
function halfTable() {
  const table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
    if (exponent === 31) table[bits] = fraction ? NaN : sign * Infinity;
    else table[bits] = sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
  }
  return table;
}

/** Half-precision numbers, as bytes at a place that is even, to float32. */
export function fromHalves(buffer, at, count) {
  halves ??= halfTable();
  return Float32Array.from(new Uint16Array(buffer, at, count), (bits) => halves[bits]);
}

/** An array as Python packs it, as float32. */
export function arrayOf(buffer, { at, shape, type, scale }) {
  const count = shape.reduce((product, side) => product * side, 1);
  if (type === "float32") return new Float32Array(buffer, at, count);
  if (type === "float16") return fromHalves(buffer, at, count);
  if (type !== "int8") throw new Error(`weights of type ${type}: this page is older than the model; reload it`);
  const steps = arrayOf(buffer, scale);
  const out = Float32Array.from(new Int8Array(buffer, at, count));
  for (let i = 0; i < count; i++) out[i] *= steps[i % steps.length];
  return out;
}
