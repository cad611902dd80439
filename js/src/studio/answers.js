// What was answered, wherever it stands: on both cards, on the picture, under it, and for those who listen.

import { themeOf } from "../core/theme.js";
import { fileOf } from "./files.js";

const SIDES = ["left", "right"];

export class Answers {
  /** @param parts {stage, sides, tools, legend, alerts, root} of the studio */
  constructor(link, parts) {
    this.link = link;
    Object.assign(this, parts);
  }

  get(side, what) {
    return this.link.get(`${side}_${what}`) ?? {};
  }

  show() {
    const { dark } = themeOf(this.root);
    this.side("left", "right", dark);
    this.side("right", "left", dark);
    const groups = Math.max(0, ...SIDES.map((side) => this.get(side, "bits").groups?.length ?? 0));
    this.legend.groups(groups);
    this.tools.shows.enable("bits", groups > 0 || this.link.get("shows") === "bits");
    this.stage.draw();
    this.legend.show(this.link.get("shows"));
    this.tools.camera();
    if (!SIDES.some((side) => this.get(side, "point").preview)) this.speak();
  }

  side(side, other, dark) {
    const { stage } = this;
    const point = this.get(side, "point");
    const bits = this.get(side, "bits");
    const card = this.sides[side];
    card.answered(point, this.get(other, "point"), bits, fileOf(this.link, side), dark);
    card.held = Boolean(point.preview && card.held);
    stage.colours[side] = getComputedStyle(card.el).getPropertyValue("--side");
    if (stage.bits[side] !== bits) {
      stage.bits[side] = bits;
      stage.cache.clear();
    }
    stage.tags[side].textContent = point.codec ? `${point.label} · ${kilo(point.bytes)}` : "";
    stage.tags[side].style.setProperty("--side", stage.colours[side]);
  }

  speak() {
    const words = SIDES.map((side) => this.words(side)).join("; ");
    this.alerts.speak(words);
    this.stage.canvas.setAttribute("aria-label", `${this.link.get("subject")?.name}: ${words}`);
  }

  words(side) {
    const p = this.get(side, "point");
    return p.codec ? `${side} ${p.label}, ${p.bytes.toLocaleString("en")} bytes, ${p.exact ? "lossless" : `${p.psnr.toFixed(2)} dB`}` : "";
  }
}

function kilo(bytes) {
  return bytes < 1e4 ? `${bytes.toLocaleString("en")} B` : `${(bytes / 1000).toFixed(bytes < 1e5 ? 1 : 0)} kB`;
}
