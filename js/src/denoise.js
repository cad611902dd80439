// DenoiseStudio in the browser: asks what its controls say, shows what is answered. Computes no figures.

import { Alerts } from "./core/alerts.js";
import coreCss from "./core/core.css";
import { h } from "./core/dom.js";
import { Link } from "./core/link.js";
import { onTheme, themeOf } from "./core/theme.js";
import uplotCss from "./core/uplot.css";
import { Corruption } from "./denoise/corruption.js";
import { Curve } from "./denoise/curve.js";
import denoiseCss from "./denoise/denoise.css";
import { Differences } from "./denoise/differences.js";
import { Figures } from "./denoise/figures.js";
import { offline } from "./denoise/offline.js";
import { Pictures } from "./denoise/pictures.js";
import { Side } from "./denoise/side.js";
import { DenoiseStage } from "./denoise/stage.js";
import { denoiseTools, Scale } from "./denoise/tools.js";
import { inWords, stale } from "./denoise/words.js";
import { Header } from "./studio/header.js";
import stageCss from "./studio/stage.css";

const SIDES = ["left", "right"];

class Denoise {
  constructor(model, el) {
    const link = (this.link = new Link(model));
    this.frozen = model.get("frozen") ?? "";
    this.stage = new DenoiseStage({
      moved: (position, done) => done && link.tell({ position }),
      changed: () => this.tools.camera(),
    });
    this.pictures = new Pictures(link, this.stage, (name, error) => {
      if (error) return this.alerts.say(error);
      this.root.dataset[name] = this.pictures.tokens[name];
      this.differences.draw();
      this.showScale();
    });
    this.tools = denoiseTools(this.stage, (changes) => this.look(changes));
    this.scale = new Scale(this.stage);
    this.alerts = new Alerts({ stop: () => this.stop(), dismissed: () => link.send({ kind: "dismiss" }) });
    this.header = new Header(link, this.frozen, {
      say: (words) => this.alerts.say(words),
      sending: (file) => {
        this.sent = file && { text: `sending ${file.name}`, ...file };
        this.showStatus();
      },
    });
    this.corruption = new Corruption(Boolean(this.frozen), (changes, draft) => this.ask(changes, draft));
    this.sides = Object.fromEntries(SIDES.map((name) => [name, new Side(name, {
      choose: (method) => this.ask({ [name]: method }),
      save: () => this.pictures.save(name),
    })]));
    this.curve = new Curve((strength) => this.ask({ strength: this.corruption.rounded(strength) }));
    this.figures = new Figures({ tryAll: this.frozen ? null : () => link.send({ kind: "try-all" }), choose: (method) => this.ask({ right: method }) });
    this.differences = new Differences(this.stage);
    // A landmark, since some pages (Voila's) have none around what notebooks show.
    this.root = h("div", { class: "aew aew-denoise", role: "region", "aria-label": "Denoising studio" },
      h("style", {}, uplotCss, coreCss, stageCss, denoiseCss), this.header.el, this.corruption.el, this.tools.el, this.stage.el,
      this.scale.el, this.alerts.el, this.differences.el,
      h("div", { class: "aew-cards" }, this.sides.left.el, this.sides.right.el, this.curve.el, this.figures.el));
    if (this.frozen) this.root.append(h("p", { class: "aew-frozen aew-soft" }, this.frozen));
    el.replaceChildren(this.root);
    this.listen();
    if (!this.frozen) link.send({ kind: "shown" });
  }

  listen() {
    const on = (names, call) => this.link.follow(this, names, call);
    on(["subject"], this.showSubject);
    on(["left", "right", "corruption", "strength", "seed", "choices", "corruptions", "bundled"], this.showAsked);
    on(["view", "shows", "position"], this.showLook);
    on(["original", "given", "noise", "left_point", "right_point", "left_picture", "right_picture"], () => this.pictures.show());
    on(["left_point", "right_point", "noise", "strength", "seed", "corruption", "left", "right"], this.showAnswer);
    on(["tried", "choices", "corruption", "right"], this.showFigures);
    on(["differ"], () => this.differences.show(this.link.get("differ") ?? []));
    on(["curve", "corruption", "strength", "noise"], this.showCurve);
    on(["error"], () => this.alerts.say(this.link.get("error") ?? ""));
    on(["status", "answered"], this.showStatus);
    this.offTheme = onTheme(this.root, () => {
      this.showAnswer();
      this.showCurve();
      this.showFigures();
    });
    this.header.receive(this.root);
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.stage.hold(null));
  }

  close() {
    this.offTheme();
    this.link.close();
    this.stage.close();
    this.curve.close();
    this.alerts.close();
  }

  ask(changes, draft = false) {
    this.link.ask(changes, draft);
    this.showStatus();
  }

  look(changes) {
    this.link.tell(changes);
    this.showLook();
  }

  /** Stop sending a file, else what Python does. */
  stop() {
    if (this.header.stop()) return;
    this.link.giveUp();
    this.link.send({ kind: "cancel" });
  }

  point(side) {
    return this.link.get(`${side}_point`) ?? {};
  }

  showSubject() {
    const subject = this.link.get("subject") ?? {};
    this.header.subject(subject);
    this.root.setAttribute("aria-label", `Denoising studio: ${subject.name ?? ""}`);
    this.stage.measure({ width: subject.width ?? 1, height: subject.height ?? 1 }, null);
    this.tools.camera();
  }

  showAsked() {
    const get = (name) => this.link.get(name);
    this.corruption.asked(get("corruptions") ?? [], get("corruption"), get("strength"), get("seed"));
    for (const side of SIDES) this.sides[side].asked(get("choices") ?? [], get(side));
    this.header.names(get("bundled") ?? []);
  }

  showLook() {
    const state = Object.fromEntries(["view", "shows", "position"].map((name) => [name, this.link.get(name)]));
    this.tools.view.set(state.view);
    this.tools.shows.set(state.shows);
    this.stage.set(state);
    this.stage.resize();
    this.tools.camera();
    this.showScale();
  }

  showScale() {
    this.scale.show(this.link.get("shows"), Boolean(this.stage.pictures.original));
  }

  showAnswer() {
    const { link, stage } = this;
    const { dark } = themeOf(this.root);
    const noise = link.get("noise") ?? {};
    this.corruption.answered(noise);
    this.tools.shows.enable("error", noise.reference !== false || link.get("shows") === "error");
    const input = (link.get("tried") ?? []).find(({ method }) => method === "noisy");
    for (const side of SIDES) {
      const point = this.point(side);
      const old = stale(point, link);
      this.sides[side].answered(point, this.point(side === "left" ? "right" : "left"), input, old, dark);
      stage.colours[side] = getComputedStyle(this.sides[side].el).getPropertyValue("--side");
      stage.tags[side].textContent = point.method ? inWords(point) : "";
      stage.tags[side].style.setProperty("--side", stage.colours[side]);
    }
    stage.draw();
    this.tools.camera();
    if (SIDES.every((side) => !stale(this.point(side), link))) this.speak(noise);
  }

  speak({ description = "" }) {
    const words = `${description}; ${SIDES.map((side) => `${side} ${inWords(this.point(side))}`).join("; ")}`;
    this.alerts.speak(words);
    this.stage.canvas.setAttribute("aria-label", `${this.link.get("subject")?.name}: ${words}`);
  }

  showFigures() {
    const usable = new Set((this.link.get("choices") ?? []).map(({ name }) => name));
    this.figures.show(this.link.get("tried") ?? [], this.link.get("right"), usable, this.link.get("choices") ?? [], themeOf(this.root).dark);
    this.showAnswer();
  }

  showCurve() {
    const kind = (this.link.get("corruptions") ?? []).find(({ name }) => name === this.link.get("corruption"));
    this.curve.show(this.link.get("curve") ?? [], kind, this.link.get("strength"), themeOf(this.root));
  }

  showStatus() {
    const status = this.link.get("status") ?? {};
    const busy = status.busy || (!this.frozen && this.link.waiting);
    this.alerts.show(this.sent ?? (busy ? status : null));
  }
}

/** anywidget's entry point. */
function render({ model, el }) {
  const studio = new Denoise(model, el);
  el.aewStudio = studio;
  return () => studio.close();
}

export default { render, offline };
