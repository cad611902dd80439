// Decodes what a program asks for, told as JSON on standard input, and answers as JSON.
//
// {weights, fingerprint?, simd, files: [path], latents?, shares?, mutations?} -> for each file its size, seconds and
// checksums, the pixels in a file beside it; or {error}. With mutations, as many changed copies of each file are decoded,
// and the counts of what came of them returned.

import { readFileSync, writeFileSync } from "node:fs";
import { crc32, parse } from "./src/container.js";
import { BitstreamError, decode, decodeArriving, loadModel } from "./src/index.js";

const asked = JSON.parse(readFileSync(0, "utf8"));
const read = (path) => new Uint8Array(readFileSync(path));
const options = { simd: asked.simd, ...(asked.fingerprint && { fingerprint: asked.fingerprint }) };
const model = asked.weights ? await loadModel(read(asked.weights), options) : null;
const integers = ({ data }) => crc32(new Uint8Array(Int32Array.from(data).buffer));

async function answer(path) {
  const bytes = read(path);
  if (asked.mutations) return mutated(bytes);
  const started = performance.now();
  const shown = await decode(bytes, model, { maxPixels: asked.maxPixels });
  const seconds = (performance.now() - started) / 1000;
  writeFileSync(`${path}.pixels`, shown.data);
  const { width, height, channels, depth, maxError, icc } = shown;
  const file = parse(bytes);
  const latents = file.streams.length && asked.latents ? model.latents(file) : null;
  const counts = [];
  for (const share of asked.shares ?? []) {
    try {
      counts.push(decodeArriving(bytes.subarray(0, Math.floor(bytes.length * share)), model).groups);
    } catch (error) {
      counts.push(error.name);
    }
  }
  return { width, height, channels, depth, maxError, icc: icc.length, seconds, counts,
    ...(latents && { latents: integers(latents.y), symbols: integers(latents.symbols) }) };
}

/** Decode changed copies of a file, with the checksum made right; a linear congruential generator changes them. */
async function mutated(bytes) {
  let state = bytes.length;
  const random = (below) => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % below;
  const counts = { decoded: 0, refused: 0, other: [] };
  for (let n = 0; n < asked.mutations; n++) {
    const copy = n % 5 ? bytes.slice() : bytes.slice(0, 9 + random(bytes.length - 9));
    for (let k = 1 + random(4); n % 5 && k > 0; k--) copy[8 + random(copy.length - 8)] = random(256);
    new DataView(copy.buffer).setUint32(4, crc32(copy.subarray(8)), true);
    try {
      await decode(copy, model, { maxPixels: 1 << 20 });
      counts.decoded++;
    } catch (error) {
      if (error instanceof BitstreamError) counts.refused++;
      else counts.other.push(String(error.stack ?? error).slice(0, 500));
    }
  }
  return counts;
}

const answers = [];
for (const path of asked.files) {
  try {
    answers.push(await answer(path));
  } catch (error) {
    answers.push({ error: error.message, name: error.name });
  }
}
console.log(JSON.stringify(answers));
