// The studio's pictures: where each comes from, onto the stage, and into a file of the reader's.

import { download } from "../core/download.js";
import { bitmapOf } from "../core/link.js";
import { psnr } from "../studio/maps.js";

export class Pictures {
  /** @param shown called with a name once its picture is on the stage, or with (name, words) where that fails */
  constructor(link, stage, shown) {
    Object.assign(this, { link, stage, shown, tokens: {}, bytes: {} });
  }

  /** {bytes, media} of "original", "given", "left" or "right". */
  source(name) {
    const get = (trait) => this.link.get(trait) ?? {};
    const [noise, point] = [get("noise"), get(`${name}_point`)];
    const what = point.method ?? name;
    const own = get("frozen").length ? "image/webp" : "image/png";
    if (what === "original") return { bytes: noise.reference === false ? null : get("original"), media: own };
    if (what === "given" || what === "noisy") return { bytes: get("given"), media: noise.media };
    return { bytes: get(`${name}_picture`), media: point.media };
  }

  show() {
    for (const name of ["original", "given", "left", "right"]) this.showOne(name);
  }

  /** Decode and show; of two that are under way only the later counts. */
  async showOne(name) {
    const { bytes, media } = this.source(name);
    if (this.bytes[name] === bytes) return;
    this.bytes[name] = bytes;
    const token = (this.tokens[name] = (this.tokens[name] ?? 0) + 1);
    try {
      const bitmap = await bitmapOf(bytes, media);
      if (token !== this.tokens[name]) return bitmap?.close();
      this.stage.show(name, bitmap);
      this.shown(name);
    } catch (error) {
      this.shown(name, `This browser cannot show ${media}: ${error.message}`);
    }
  }

  save(side) {
    const { bytes, media } = this.source(side);
    const stem = (this.link.get("subject").name ?? "picture").replace(/\.[^.]*$/, "").replace(/[^\w-]+/g, "-");
    download({ name: `${stem}-${this.link.get(side)}.${media.split("/")[1]}`, bytes, media });
  }

  /** PSNR of the picture on screen, in dB: what a test compares with Python's figure. */
  measured(side) {
    const [a, b] = [this.stage.samples("original"), this.stage.samples(side)];
    return a && b ? psnr(a, b) : null;
  }
}
