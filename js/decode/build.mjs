// Writes src/kernel.wasm.js from src/kernel.wat: cd js && npm ci && node decode/build.mjs

import { readFile, writeFile } from "node:fs/promises";
import wabt from "wabt";

const source = await readFile(new URL("src/kernel.wat", import.meta.url), "utf8");
const module = (await wabt()).parseWat("kernel.wat", source, { simd: true });
const { buffer } = module.toBinary({});
const text = `// Made by build.mjs of kernel.wat.
export default "${Buffer.from(buffer).toString("base64")}";
`;
await writeFile(process.argv[2] ?? new URL("src/kernel.wasm.js", import.meta.url), text);
console.log(`kernel: ${buffer.length} bytes`);
