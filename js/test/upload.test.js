import assert from "node:assert/strict";
import { test } from "node:test";
import { Link } from "../src/core/link.js";
import { crc32, LARGEST, PART, Upload } from "../src/core/upload.js";
import { fakeModel } from "./model.js";

const bytes = (text) => new TextEncoder().encode(text);
const turn = () => new Promise((resolve) => setTimeout(resolve, 20));

function started(file) {
  const model = fakeModel({});
  const seen = [];
  const upload = new Upload(new Link(model), (state) => seen.push(state));
  return { model, seen, upload, words: upload.start(file) };
}

test("the checksum is that of everybody, in one piece or in two", () => {
  assert.equal(crc32(bytes("123456789")), 0xcbf43926);
  assert.equal(crc32(bytes("56789"), crc32(bytes("1234"))), 0xcbf43926);
});

test("parts go out one after the other, each when the one before it was taken", async () => {
  const data = new Uint8Array(2 * PART + 5).map((_, i) => i % 251);
  const { model, seen, words } = started(new File([data], "photo.png"));
  assert.equal(words, "");
  for (const offset of [0, PART, 2 * PART]) {
    await turn();
    const { id, ...said } = model.sent.at(-1);
    const stop = Math.min(data.length, offset + PART);
    assert.deepEqual(said, { kind: "upload", name: "photo.png", size: data.length, offset, crc: crc32(data.subarray(0, stop)) });
    assert.equal(model.sent.length, offset / PART + 1);
    model.tell({ kind: "upload", id, next: stop < data.length ? stop : null });
  }
  assert.deepEqual(seen, [0, PART, 2 * PART].map((done) => ({ name: "photo.png", done, total: data.length })).concat(null));
});

test("what is stopped sends no more, and answers to others are not taken", async () => {
  const { model, seen, upload } = started(new File([new Uint8Array(PART + 1)], "photo.png"));
  await turn();
  model.tell({ kind: "upload", id: "another", next: PART });
  await turn();
  assert.equal(model.sent.length, 1);
  assert.equal(upload.stop(), true);
  model.tell({ kind: "upload", id: model.sent[0].id, next: PART });
  await turn();
  assert.deepEqual(model.sent.slice(1), [{ kind: "upload-stop" }]);
  assert.equal(seen.at(-1), null);
  assert.equal(upload.stop(), false);
});

test("a file that is too large is refused in words, before anything is sent", async () => {
  const { model, words } = started({ name: "huge.tif", size: LARGEST + 1 });
  await turn();
  assert.match(words, /huge\.tif: larger than 64 MB.*look_at/);
  assert.deepEqual(model.sent, []);
});
