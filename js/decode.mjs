// node decode.mjs FOLDER: decodes FOLDER/codes.bin by FOLDER/decoder.json and weights.bin into FOLDER/pictures.bin.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decoderOf } from "./src/core/decoder.js";

const read = (name) => readFileSync(join(process.argv[2], name));
const { decode, size, shape } = decoderOf(JSON.parse(read("decoder.json")), read("weights.bin"));
const bytes = read("codes.bin");
const codes = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
const count = codes.length / size;
const pixels = shape.reduce((product, side) => product * side, 1);
const pictures = new Float32Array(count * pixels);
const start = performance.now();
for (let i = 0; i < count; i++) pictures.set(decode(codes.subarray(i * size, (i + 1) * size)), i * pixels);
writeFileSync(join(process.argv[2], "pictures.bin"), Buffer.from(pictures.buffer));
console.log(((performance.now() - start) / count).toFixed(3)); // milliseconds a picture
