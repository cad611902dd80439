// The space of codes: the plane in it, ways through it, draws from it. Plain arithmetic; no page.

/** A code as a sum: a + b * factor. */
export const plus = (a, b, factor = 1) => Float32Array.from(a, (v, i) => v + factor * b[i]);

const norm = (a) => Math.sqrt(a.reduce((sum, v) => sum + v * v, 0));

/**
 * Codes on the way from one to another, both ends exactly; spherical: along the arc about the origin, at a norm that
 * goes evenly from one to the other's. The same as `interpolate` of aewidgets.studies.latent.paths.
 */
export function path(a, b, count, spherical) {
  const [na, nb] = [norm(a), norm(b)];
  const cosine = a.reduce((sum, v, i) => sum + v * b[i], 0) / (na * nb || 1);
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  const arc = spherical && na > 0 && nb > 0 && angle > 1e-4 && angle < Math.PI - 1e-4;
  return Array.from({ length: count }, (_, step) => {
    const t = count > 1 ? step / (count - 1) : 0;
    if (step === 0) return Float32Array.from(a);
    if (step === count - 1) return Float32Array.from(b);
    if (!arc) return Float32Array.from(a, (v, i) => (1 - t) * v + t * b[i]);
    const [wa, wb] = [Math.sin((1 - t) * angle) / na, Math.sin(t * angle) / nb];
    const length = ((1 - t) * na + t * nb) / Math.sin(angle);
    return Float32Array.from(a, (v, i) => length * (wa * v + wb * b[i]));
  });
}

/** The mean of some codes; null of none. */
export function mean(codes) {
  if (!codes.length) return null;
  const sum = new Float64Array(codes[0].length);
  for (const code of codes) for (let i = 0; i < sum.length; i++) sum[i] += code[i];
  return Float32Array.from(sum, (v) => v / codes.length);
}

/** Indexes of the nearest codes and their distances, nearest first: [[index, distance], ...]. */
export function nearest(codes, code, count) {
  const found = [];
  for (const [index, other] of codes) {
    let square = 0;
    for (let i = 0; i < code.length; i++) square += (other[i] - code[i]) ** 2;
    found.push([index, Math.sqrt(square)]);
  }
  return found.sort((a, b) => a[1] - b[1]).slice(0, count);
}

/** Numbers in [0, 1) from a seed (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Standard normal numbers from uniform ones (Box and Muller). */
export function normals(uniform, count) {
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    out[i] = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  }
  return out;
}

/** A code from the prior N(0, I), or from a mixture {weights, means, roots, full}; temperature scales deviations. */
export function draw(uniform, size, temperature, mixture = null) {
  if (!mixture) return normals(uniform, size).map((v) => temperature * v);
  let left = uniform();
  let k = 0;
  while (k < mixture.weights.length - 1 && left >= mixture.weights[k]) left -= mixture.weights[k++];
  const noise = normals(uniform, size);
  const { means, roots, full } = mixture;
  return Float32Array.from({ length: size }, (_, i) => {
    let spread = 0;
    if (full) for (let j = 0; j <= i; j++) spread += roots[(k * size + i) * size + j] * noise[j];
    else spread = roots[k * size + i] * noise[i];
    return means[k * size + i] + temperature * spread;
  });
}

/** The plane among the codes. */
export class Plane {
  /** @param facts {size, centre, directions} of a linear plane; or {size, anchors: [[index, code]...], placeOf(index)} */
  constructor(facts) {
    Object.assign(this, facts);
    this.linear = Boolean(facts.directions);
  }

  /** The code that is decoded at a place. */
  toCode([x, y]) {
    if (!this.linear) return this.atAnchor(([px, py]) => (px - x) ** 2 + (py - y) ** 2)?.[1] ?? new Float32Array(this.size);
    const { centre, directions, size } = this;
    return Float32Array.from({ length: size }, (_, i) => centre[i] + x * directions[i] + y * directions[size + i]);
  }

  /** The place of a code. */
  toPlace(code) {
    if (!this.linear) {
      const [first] = nearest(this.anchors, code, 1);
      return first ? this.placeOf(first[0]) : [0, 0];
    }
    const { centre, directions, size } = this;
    let [x, y] = [0, 0];
    for (let i = 0; i < size; i++) {
      x += (code[i] - centre[i]) * directions[i];
      y += (code[i] - centre[i]) * directions[size + i];
    }
    return [x, y];
  }

  atAnchor(measure) {
    let best = null;
    let least = Infinity;
    for (const anchor of this.anchors) {
      const away = measure(this.placeOf(anchor[0]));
      if (away < least) [least, best] = [away, anchor];
    }
    return best;
  }
}
