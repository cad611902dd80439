// Trellis-coded quantisation: levels to offsets. aewidgets/codec/coding/trellis/trellis.py describes it.

import { tableOf, unpackTables } from "./symbols.js";

const [UNIT, FROM, LANE, STATES, KINDS, TABLES] = [42, 9, 256, 8, 4, 64];
const NEXT = [[0, 2], [5, 7], [1, 3], [6, 4], [2, 0], [4, 6], [3, 1], [7, 5]]; // by state and parity
const TOTAL = 2 ** 24; // what the integers of a table sum to

export class Trellis {
  constructor(arrays) {
    const kinds = arrays.get("trellis/kinds").data;
    const rest = unpackTables(arrays.get("trellis/entries").data, arrays.get("trellis/lengths").data);
    // As `to_integers([0, 1/2, 0, 1/2, 0, 0])`: one unit for each position, the largest takes what is left.
    const each = 1 + Math.floor(0.5 * (TOTAL - 6));
    this.tables = [...rest, tableOf([1, TOTAL - each - 4, 1, each, 1, 1])];
    this.sums = new Uint32Array(TABLES * STATES * 5);
    for (let table = 0; table < TABLES; table++) {
      for (let state = 0; state < STATES; state++) {
        const row = 5 * (table * STATES + state);
        for (let k = 0; k < KINDS; k++) {
          this.sums[row + k + 1] = this.sums[row + k] + kinds[(state * TABLES + table) * KINDS + KINDS - 1 - k];
        }
        if (this.sums[row + 4] !== TOTAL) throw new TypeError("weights: a table of the trellis is damaged");
      }
    }
  }

  /** Return the places of plain symbols, and those of the others, which go through the trellis, by table. */
  static split(index) {
    const counts = new Uint32Array(TABLES);
    let plain = 0;
    for (const table of index) {
      counts[table]++;
      if (table < FROM) plain++;
    }
    const next = new Uint32Array(TABLES);
    for (let table = FROM + 1; table < TABLES; table++) next[table] = next[table - 1] + counts[table - 1];
    const through = new Uint32Array(index.length - plain);
    const others = new Uint32Array(plain);
    let k = 0;
    index.forEach((table, i) => {
      if (table < FROM) others[k++] = i;
      else through[next[table]++] = i;
    });
    return [others, through];
  }

  /** Return offsets, Int32Array (n) multiples of 1/64, given table numbers in the order of the trellis. */
  pop(decoder, index) {
    const count = index.length;
    const number = Math.max(1, Math.ceil(count / LANE));
    const steps = Math.max(1, Math.ceil(count / number));
    const state = new Uint8Array(Math.ceil(count / steps));
    const kinds = new Uint8Array(count);
    const odd = new Uint8Array(count);
    let zeros = 0;
    for (let step = 0; step < steps; step++) {
      for (let lane = 0, i = step; i < count; lane++, i += steps) {
        const kind = KINDS - 1 - decoder.popRow(this.sums, 5 * (index[i] * STATES + state[lane]));
        kinds[i] = kind;
        odd[i] = state[lane] & 1;
        if (kind === KINDS - 1) zeros++;
        state[lane] = NEXT[state[lane]][kind & 1];
      }
    }
    decoder.check(zeros, count);
    const nonzero = [];
    for (let i = 0; i < count; i++) if (kinds[i]) nonzero.push(i);
    const rest = decoder.pop(Uint8Array.from(nonzero, (i) => (kinds[i] > 1 ? TABLES + index[i] : 2 * TABLES)));
    const offsets = new Int32Array(count);
    nonzero.forEach((i, k) => {
      const level = kinds[i] > 1 ? 2 * rest[k] + Math.sign(rest[k]) * (kinds[i] & 1) : rest[k];
      offsets[i] = UNIT * (2 * level - Math.sign(level) * odd[i]);
    });
    return offsets;
  }
}
