// Symbols in substreams: an ANS decoder of 64-bit state and 32-bit words (constriction's), and escapes beyond tables.

import { BitstreamError } from "./errors.js";

const BITS = 24; // a table's integers sum to 2**24
const UNIT = 2 ** BITS;
const WORD = 2 ** 32;
const LOOKUP = 10; // bits of the quantile by which a search in a table begins

/** Probability table: cumulative integers, and where the search for a quantile begins. */
class Table {
  constructor(entries) {
    this.cumulative = new Uint32Array(entries.length + 1);
    for (let i = 0; i < entries.length; i++) this.cumulative[i + 1] = this.cumulative[i] + entries[i];
    if (entries.length < 4 || entries.length % 2 || entries.some((e) => e < 1) || this.cumulative.at(-1) !== UNIT) {
      throw new TypeError("weights: a probability table is damaged");
    }
    this.reach = (entries.length - 2) / 2;
    this.first = null;
  }

  find(quantile) {
    const { cumulative } = this;
    if (!this.first) {
      this.first = new Uint16Array(1 << LOOKUP);
      for (let part = 0, k = 0; part < 1 << LOOKUP; part++) {
        while (cumulative[k + 1] <= part << (BITS - LOOKUP)) k++;
        this.first[part] = k;
      }
    }
    let k = this.first[quantile >> (BITS - LOOKUP)];
    while (cumulative[k + 1] <= quantile) k++;
    return k;
  }
}

/** Return tables of packed entries and lengths, as weights store them. */
export function unpackTables(entries, lengths) {
  let start = 0;
  return Array.from(lengths, (length) => new Table(entries.subarray(start, (start += length))));
}

/** Return a table of integer probabilities. */
export function tableOf(entries) {
  return new Table(Uint32Array.from(entries));
}

/** ANS decoder of one substream. The state is kept in two halves of 32 bits. */
class Ans {
  constructor(bytes) {
    if (bytes.length % 4) throw new BitstreamError(`a substream has ${bytes.length} bytes, expected a multiple of 4`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.words = Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true));
    this.left = this.words.length;
    if (this.left && this.words[this.left - 1] === 0) {
      throw new BitstreamError("a substream is damaged: an ANS stream never ends in a zero word");
    }
    this.high = 0;
    this.low = 0;
    this.refill();
    this.refill();
  }

  refill() {
    if (this.high === 0 && this.left > 0) {
      this.high = this.low;
      this.low = this.words[--this.left];
    }
  }

  get quantile() {
    return this.low & (UNIT - 1);
  }

  /** Leave a symbol whose probabilities begin at `start`: state = (state >> 24) * size + quantile - start. */
  advance(start, size) {
    const rest = this.quantile - start;
    const shifted = this.high * 256 + (this.low >>> BITS); // below 2**40
    const top = Math.floor(shifted / UNIT) * size; // the product in two parts, each exact in a double
    const low = (top % 256) * UNIT + (shifted % UNIT) * size + rest;
    this.high = Math.floor(top / 256) + Math.floor(low / WORD);
    this.low = low % WORD;
    this.refill();
  }

  pop(table) {
    const k = table.find(this.quantile);
    this.advance(table.cumulative[k], table.cumulative[k + 1] - table.cumulative[k]);
    return k;
  }

  bits(count) {
    const width = BITS - count;
    const value = this.quantile >>> width;
    this.advance(value * 2 ** width, 2 ** width);
    return value;
  }

  get empty() {
    return this.left === 0 && this.high === 0 && this.low === 0;
  }

  get exhausted() {
    return this.left === 0 && this.high === 0 && this.low < UNIT;
  }
}

/** Decoder of one substream, segment by segment; tables are those of plain symbols, then of a trellis. */
export class SymbolDecoder {
  constructor(bytes, tables) {
    this.ans = new Ans(bytes);
    this.tables = tables;
  }

  /** Return the symbols, Int32Array (n), of the next segment, given its table numbers (n). */
  pop(indexes) {
    const { ans, tables } = this;
    const counts = new Uint32Array(tables.length);
    for (const index of indexes) counts[index]++;
    const order = new Uint32Array(indexes.length); // stable, by table
    const next = new Uint32Array(tables.length);
    for (let t = 1; t < tables.length; t++) next[t] = next[t - 1] + counts[t - 1];
    for (let i = 0; i < indexes.length; i++) order[next[indexes[i]]++] = i;
    const symbols = new Int32Array(indexes.length);
    const far = [];
    let first = 0;
    for (const i of order) {
      const table = tables[indexes[i]];
      const position = ans.pop(table);
      if (position === 0) first++;
      if (position === 2 * table.reach + 1) far.push(i);
      symbols[i] = position - table.reach;
    }
    this.check(first, indexes.length);
    if (far.length) {
      this.escapes(far.length).forEach((number, k) => {
        const excess = number - 1;
        const size = Math.floor(excess / 2) + tables[indexes[far[k]]].reach + 1;
        symbols[far[k]] = excess % 2 ? -size : size;
      });
    }
    return symbols;
  }

  /** Refuse a substream with nothing left, when too many symbols were the first, rarest, of their table. */
  check(first, count) {
    if (first > Math.max(1024, Math.floor(count / 2)) && this.ans.exhausted) {
      throw new BitstreamError("a substream ended long before its symbols: it is damaged");
    }
  }

  escapes(count) {
    const lengths = Uint8Array.from({ length: count }, () => this.ans.bits(5));
    const most = lengths.reduce((a, b) => Math.max(a, b), 0);
    if (most > 16) throw new BitstreamError("a substream is damaged: an escape is longer than any encoder writes");
    const numbers = Array.from(lengths, (n) => 2 ** n);
    for (let n = 1; n <= most; n++) {
      for (let i = 0; i < count; i++) if (lengths[i] === n) numbers[i] += this.ans.bits(n);
    }
    return numbers;
  }

  /** Return a position in a row of four probabilities that begins at `row` of cumulative sums, five a row. */
  popRow(sums, row) {
    const { ans } = this;
    const quantile = ans.quantile;
    let k = row;
    while (sums[k + 1] <= quantile) k++;
    ans.advance(sums[k], sums[k + 1] - sums[k]);
    return k - row;
  }

  finish() {
    if (!this.ans.empty) throw new BitstreamError("a substream is damaged: it did not end where its symbols ended");
  }
}
