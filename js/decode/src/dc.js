// The DC plane, from coarse to fine: its passes, predictions from decoded neighbours, contexts for other frequencies.

const STEPS = [4, 2, 1];
const AVERAGED = 4;
const pairs = (rows, columns) => rows.flatMap((i) => columns.map((j) => [i, j]));
const NEIGHBOURS = {
  centre: [...pairs([-1, 1], [-1, 1]), ...pairs([-3, 3], [-1, 1]), ...pairs([-1, 1], [-3, 3])],
  side: [[-1, 0], [1, 0], [0, -1], [0, 1], ...pairs([-2, 2], [-1, 1]), ...pairs([-1, 1], [-2, 2])],
};
export const DC = 3; // channels
export const CLASSES = 1 + 2 * STEPS.length;

/** Yield the passes as [class, kind, positions as row * width + column, step]. */
export function* passes(height, width) {
  const where = (test) => {
    const found = [];
    for (let i = 0; i < height; i++) for (let j = 0; j < width; j++) if (test(i, j)) found.push(i * width + j);
    return found;
  };
  const top = 2 * STEPS[0];
  yield [0, "", where((i, j) => i % top === 0 && j % top === 0), top];
  for (const [k, s] of STEPS.entries()) {
    const odd = (i) => i % (2 * s) === s;
    const even = (i) => i % (2 * s) === 0;
    yield [2 * k + 1, "centre", where((i, j) => odd(i) && odd(j)), s];
    yield [2 * k + 2, "side", where((i, j) => (odd(i) && even(j)) || (even(i) && odd(j))), s];
  }
}

/**
 * Return the mean of the nearest decoded neighbours of positions, Int32Array (n, 3), and the differences of all
 * neighbours from it, (n, neighbours * 3).
 */
export function prediction(dc, height, width, kind, positions, step) {
  const around = NEIGHBOURS[kind];
  const mean = new Int32Array(positions.length * DC);
  const differences = new Int32Array(positions.length * around.length * DC);
  positions.forEach((position, n) => {
    const [row, column] = [Math.floor(position / width), position % width];
    const there = around.map(([di, dj]) => {
      const [i, j] = [row + di * step, column + dj * step];
      return i >= 0 && i < height && j >= 0 && j < width ? DC * (i * width + j) : -1;
    });
    for (let c = 0; c < DC; c++) {
      let [total, count] = [0, 0];
      for (const at of there.slice(0, AVERAGED)) {
        if (at < 0) continue;
        total += dc[at + c];
        count++;
      }
      const m = Math.floor(total / Math.max(count, 1));
      mean[DC * n + c] = m;
      there.forEach((at, k) => {
        if (at >= 0) differences[(n * around.length + k) * DC + c] = dc[at + c] - m;
      });
    }
  });
  return [mean, differences];
}

/** Return differences of neighbouring DCs, Int32Array (h * w, 9): across, down, and the Laplacian. */
export function differences(dc, height, width) {
  const out = new Int32Array(height * width * 9);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const at = (row, column) =>
        DC * (Math.min(Math.max(row, 0), height - 1) * width + Math.min(Math.max(column, 0), width - 1));
      const [north, south, west, east] = [at(i - 1, j), at(i + 1, j), at(i, j - 1), at(i, j + 1)];
      for (let c = 0; c < DC; c++) {
        const to = 9 * (i * width + j) + c;
        out[to] = dc[east + c] - dc[west + c];
        out[to + 3] = dc[south + c] - dc[north + c];
        out[to + 6] = dc[west + c] + dc[east + c] + dc[north + c] + dc[south + c] - 4 * dc[at(i, j) + c];
      }
    }
  }
  return out;
}

/** Return network inputs (n, 2 channels) of differences (n, channels): in quarters, clipped, then their logarithms. */
export function activations(log, x, channels, Type = Float32Array) {
  const out = new Type(2 * x.length);
  for (let k = 0, to = 0; k < x.length; k += channels, to += 2 * channels) {
    for (let c = 0; c < channels; c++) {
      out[to + c] = Math.min(Math.max(x[k + c] >> 4, -127), 127);
      out[to + channels + c] = log(x[k + c]);
    }
  }
  return out;
}
