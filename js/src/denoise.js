// DenoiseStudio in the browser: asks what its controls say, shows what is answered. Computes no figures.

import { Pair } from "./comparison/pair.js";
import { SIDES } from "./comparison/sides.js";
import { entry } from "./core/shell.js";
import { Corruption } from "./denoise/corruption.js";
import { Curve } from "./denoise/curve.js";
import denoiseCss from "./denoise/denoise.css";
import { Differences } from "./denoise/differences.js";
import { Figures } from "./denoise/figures.js";
import { offline } from "./denoise/offline.js";
import { save, sourceOf } from "./denoise/pictures.js";
import { Side } from "./denoise/side.js";
import { DenoiseStage } from "./denoise/stage.js";
import { denoiseTools, Scale } from "./denoise/tools.js";
import { inWords, stale } from "./denoise/words.js";

class Denoise extends Pair {
  constructor(model, el) {
    super(model, "Denoising studio", DenoiseStage, ["left", "right", "corruption", "strength", "seed"]);
    const { link, stage } = this;
    this.bytes = {};
    this.tools = denoiseTools(stage, (changes) => this.look(changes));
    this.scale = new Scale(stage);
    this.corruption = new Corruption(Boolean(this.frozen), (changes, draft) => this.ask(changes, draft));
    this.cards(Side, (name) => ({
      choose: (method) => this.ask({ [name]: method }),
      save: () => save(link, name),
    }));
    this.curve = new Curve((strength) => this.ask({ strength: this.corruption.rounded(strength) }));
    this.parts.push(this.curve);
    this.figures = new Figures({ tryAll: this.frozen ? null : () => link.send({ kind: "try-all" }), choose: (method) => this.ask({ right: method }) });
    this.differences = new Differences(stage);
    this.arrange(el, "aew-denoise", denoiseCss, [this.scale.el, this.alerts.el, this.differences.el], [this.corruption.el], [this.curve.el, this.figures.el]);
  }

  listen() {
    this.follow(["subject"], () => this.showSubject());
    this.follow(["left", "right", "corruption", "strength", "seed", "choices", "corruptions", "bundled"], this.showAsked);
    super.listen();
    this.follow(["original", "given", "noise", "left_point", "right_point", "left_picture", "right_picture"], this.showPictures);
    this.follow(["left_point", "right_point", "noise", "strength", "seed", "corruption", "left", "right"], this.showAnswer);
    this.follow(["tried", "choices", "corruption", "right"], this.showFigures);
    this.follow(["differ"], () => this.differences.show(this.get("differ") ?? []));
    this.follow(["curve", "corruption", "strength", "noise"], this.showCurve);
  }

  showAsked() {
    const get = (name) => this.get(name);
    this.corruption.asked(get("corruptions") ?? [], get("corruption"), get("strength"), get("seed"));
    for (const side of SIDES) this.sides[side].asked(get("choices") ?? [], get(side));
    this.header.names(get("bundled") ?? []);
  }

  showLook() {
    super.showLook();
    this.showScale();
  }

  showScale() {
    this.scale.show(this.get("shows"), Boolean(this.stage.pictures.original));
  }

  /** Decode those that came anew. */
  showPictures() {
    for (const name of ["original", "given", ...SIDES]) {
      const { bytes, media } = sourceOf(this.link, name);
      if (this.bytes[name] === bytes) continue;
      this.bytes[name] = bytes;
      this.decode(name, bytes, media);
    }
  }

  decoded() {
    this.differences.draw();
    this.showScale();
  }

  showAnswer() {
    const { link, stage, tools } = this;
    const { dark } = this.theme;
    const noise = link.get("noise") ?? {};
    this.corruption.answered(noise);
    tools.shows.enable("error", noise.reference !== false || link.get("shows") === "error");
    const input = (link.get("tried") ?? []).find(({ method }) => method === "noisy");
    for (const side of SIDES) {
      const point = this.point(side);
      this.sides[side].answered(point, this.point(side === "left" ? "right" : "left"), input, stale(point, link), dark);
      this.tag(side, inWords(point));
    }
    stage.draw();
    tools.camera();
    if (SIDES.some((side) => stale(this.point(side), link))) return;
    this.speak(`${noise.description ?? ""}; ${SIDES.map((side) => `${side} ${inWords(this.point(side))}`).join("; ")}`);
  }

  themed() {
    this.showFigures();
    this.showCurve();
  }

  showFigures() {
    const choices = this.get("choices") ?? [];
    this.figures.show(this.get("tried") ?? [], this.get("right"), choices, this.theme.dark);
    this.showAnswer();
  }

  showCurve() {
    const kind = (this.get("corruptions") ?? []).find(({ name }) => name === this.get("corruption"));
    this.curve.show(this.get("curve") ?? [], kind, this.get("strength"), this.theme, this.get("choices") ?? []);
  }
}

export default entry(Denoise, "aewStudio", offline);
