// A file to Python in parts that Jupyter's servers take, one after the other; any number of views may listen.

export const PART = 4e6; // bytes
export const LARGEST = 64e6;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

/** CRC-32 as zlib's, over what came before too. (crypto.subtle has none, and is not there without https.) */
export function crc32(bytes, before = 0) {
  let crc = ~before;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Sends one file at a time; a new one takes the place of the one under way. */
export class Upload {
  /** @param link of the widget; @param show called with {name, done, total} as it goes, and null at its end */
  constructor(link, show) {
    this.link = link;
    this.show = show;
    link.hear((content) => content?.kind === "upload" && content.id === this.id && this.go(content.next));
  }

  /** Begin; words, if that is refused. */
  start(file) {
    if (file.size > LARGEST) return `${file.name}: larger than ${LARGEST / 1e6} MB, where uploads end; from Python, .look_at(path) takes it.`;
    Object.assign(this, { file, id: `${Date.now()}-${Math.random()}`, crc: 0 });
    this.go(0);
    return "";
  }

  /** Stop sending. @returns true if anything was being sent */
  stop() {
    if (!this.id) return false;
    this.end();
    this.link.send({ kind: "upload-stop" });
    return true;
  }

  end() {
    this.id = this.file = null;
    this.show(null);
  }

  /** The part that begins at an offset; null is the end. */
  async go(offset) {
    if (offset === null) return this.end();
    const { file, id } = this;
    this.show({ name: file.name, done: offset, total: file.size });
    const part = await file.slice(offset, offset + PART).arrayBuffer();
    if (this.id !== id) return; // stopped, or another file meanwhile
    this.crc = crc32(new Uint8Array(part), this.crc);
    this.link.send({ kind: "upload", id, name: file.name, size: file.size, offset, crc: this.crc }, [part]);
  }
}
