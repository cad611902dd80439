// CompressionStudio in the browser: asks what its controls say, shows what is answered. Computes no figures.

import { masked } from "./comparison/checkers.js";
import { Pair } from "./comparison/pair.js";
import { SIDES } from "./comparison/sides.js";
import { layouts, Tools } from "./comparison/tools.js";
import { h, segments, whole } from "./core/dom.js";
import { download } from "./core/download.js";
import { bitmapOf } from "./core/link.js";
import { entry } from "./core/shell.js";
import { BitsStage } from "./studio/bits.js";
import { fileOf } from "./studio/files.js";
import { Legend } from "./studio/legend.js";
import { offline } from "./studio/offline.js";
import { Plot } from "./studio/plot.js";
import { Side, stale } from "./studio/side.js";
import studioCss from "./studio/studio.css";

class Studio extends Pair {
  constructor(model, el) {
    super(model, "Compression studio", BitsStage, ["left", "right", "left_quality", "right_quality", "match"]);
    const { link, stage } = this;
    this.touched = "left";
    this.tools = new Tools(stage, {
      view: layouts((view) => this.look({ view })),
      shows: segments("What is shown", [["picture", "Picture"], ["error", "Difference", "Difference to the original"], ["bits", "Bits", "Where in the picture a learned codec spends its bits; choose one on either side"]], (shows) => this.look({ shows })),
    });
    this.match = segments("What the other side follows", [["off", "Nothing", "Each side keeps its own quality"], ["size", "Same size", "The other side takes the quality that costs as many bytes"], ["quality", "Same PSNR", "The other side takes the quality that is as close to the original: of the same PSNR"]], (match) => this.ask({ match }));
    this.legend = new Legend(stage);
    this.cards(Side, (name) => ({
      choose: (codec) => this.ask({ [name]: codec }, false, name),
      quality: (value, draft) => this.ask({ [`${name}_quality`]: value }, draft, name),
      save: () => download(fileOf(link, name)),
    }));
    this.plot = new Plot((point) => this.goTo(point));
    this.parts.push(this.plot);
    const follows = h("div", { class: "aew-match", "data-asks": true }, h("span", { class: "aew-soft", "aria-hidden": "true" }, "The other side follows"), this.match.el);
    this.arrange(el, "aew-compression", studioCss, [this.legend.el, this.alerts.el], [follows], [this.plot.el]);
  }

  listen() {
    this.follow(["alpha"], this.showAlpha);
    this.follow(["subject", "crop"], () => this.showSubject(this.get("crop")));
    this.follow(["left", "right", "left_quality", "right_quality", "match", "choices", "bundled"], this.showAsked);
    super.listen();
    this.follow(["original"], () => this.showPicture("original"));
    for (const side of SIDES) this.follow([`${side}_picture`], () => this.showPicture(side));
    this.follow(["left", "right", "left_quality", "right_quality", "left_point", "right_point", "left_bits", "right_bits", "left_file", "right_file"], this.showAnswer);
    this.follow(["curves"], this.showCurves);
  }

  // Asking

  ask(changes, draft, side) {
    if (side) this.touched = side;
    super.ask(changes, draft);
  }

  /** The side that a point of the curves belongs to, else the one touched last. */
  goTo({ codec, quality }) {
    const own = SIDES.find((side) => this.get(side) === codec) ?? this.touched;
    this.ask({ [own]: codec, [`${own}_quality`]: quality }, false, own);
  }

  // Showing

  showAsked() {
    const get = (name) => this.get(name);
    for (const side of SIDES) this.sides[side].asked(get("choices") ?? [], get(side), get(`${side}_quality`));
    this.match.set(get("match"));
    this.header.names(get("bundled") ?? []);
  }

  showLook() {
    super.showLook();
    this.legend.show(this.get("shows"));
  }

  /** Files are of the colours: the picture's transparency comes beside them. */
  showAlpha() {
    this.mask = bitmapOf(this.get("alpha"), "image/png");
  }

  async shown(bitmap) {
    const mask = await this.mask;
    return bitmap && mask ? masked(bitmap, mask, this.get("crop") ?? [0, 0]) : bitmap;
  }

  showPicture(name) {
    if (name === "original") this.decode(name, this.get(name), this.get("original_media") ?? "image/png");
    else this.decode(name, this.get(`${name}_picture`), this.point(name).media);
  }

  themed() {
    this.showAnswer();
  }

  /** Show an answer everywhere: on both cards, on the picture, under it, and for those who listen. */
  showAnswer() {
    const { stage, legend, tools } = this;
    for (const side of SIDES) this.showSide(side, this.point(side), this.get(`${side}_bits`) ?? {});
    const groups = Math.max(0, ...SIDES.map((side) => stage.bits[side].groups?.length ?? 0));
    legend.groups(groups);
    tools.shows.enable("bits", groups > 0 || this.get("shows") === "bits");
    stage.draw();
    legend.show(this.get("shows"));
    tools.camera();
    if (!SIDES.some((side) => this.point(side).preview)) this.speak(SIDES.map((side) => inWords(side, this.point(side))).join("; "));
    this.showCurves();
  }

  showSide(side, point, bits) {
    const { stage, sides } = this;
    const card = sides[side];
    card.answered(point, this.point(side === "left" ? "right" : "left"), bits, fileOf(this.link, side), stale(point, this.get(side), this.get(`${side}_quality`)), this.stage.clear, this.theme.dark);
    card.held = Boolean(point.preview && card.held);
    if (stage.bits[side] !== bits) {
      stage.bits[side] = bits;
      stage.cache.clear();
    }
    this.tag(side, point.codec ? `${point.label} · ${kilo(point.bytes)}` : "");
  }

  showCurves() {
    this.plot.show(this.get("curves") ?? [], { left: this.point("left"), right: this.point("right") }, this.theme, this.get("choices") ?? []);
  }
}

function inWords(side, p) {
  return p.codec ? `${side} ${p.label}, ${whole(p.bytes)} bytes, ${p.exact ? "lossless" : `${p.psnr.toFixed(2)} dB`}` : "";
}

function kilo(bytes) {
  return bytes < 1e4 ? `${whole(bytes)} B` : `${(bytes / 1000).toFixed(bytes < 1e5 ? 1 : 0)} kB`;
}

export default entry(Studio, "aewStudio", offline);
