// CompressionStudio in the browser: asks what its controls say, shows what is answered. Computes no figures.

import { Alerts } from "./core/alerts.js";
import coreCss from "./core/core.css";
import { h, segments } from "./core/dom.js";
import { download } from "./core/download.js";
import { bitmapOf, Link } from "./core/link.js";
import { onTheme, themeOf } from "./core/theme.js";
import uplotCss from "./core/uplot.css";
import { Answers } from "./studio/answers.js";
import { BitsStage } from "./studio/bits.js";
import { fileOf } from "./studio/files.js";
import { Header } from "./studio/header.js";
import { Legend } from "./studio/legend.js";
import { psnr } from "./studio/maps.js";
import { offline } from "./studio/offline.js";
import { Plot } from "./studio/plot.js";
import { Side } from "./studio/side.js";
import stageCss from "./studio/stage.css";
import studioCss from "./studio/studio.css";
import { layouts, Tools } from "./studio/tools.js";

const SIDES = ["left", "right"];

class Studio {
  constructor(model, el) {
    const link = (this.link = new Link(model));
    this.frozen = model.get("frozen") ?? "";
    this.tokens = {};
    this.touched = "left";
    this.stage = new BitsStage({
      moved: (position, done) => done && link.tell({ position }),
      changed: () => this.tools.camera(),
    });
    this.tools = new Tools(this.stage, {
      view: layouts((view) => this.look({ view })),
      shows: segments("What is shown", [["picture", "Picture"], ["error", "Error", "Difference to the original"], ["bits", "Bits", "Where a learned codec spends its bits; choose one on either side"]], (shows) => this.look({ shows })),
      match: segments("What the other side follows", [["off", "Free"], ["size", "Same size", "The other side takes the quality that costs as many bytes"], ["quality", "Same PSNR", "The other side takes the quality of the same PSNR"]], (match) => this.ask({ match }, false)),
    });
    this.legend = new Legend(this.stage);
    this.alerts = new Alerts({ stop: () => this.stop(), dismissed: () => link.send({ kind: "dismiss" }) });
    this.header = new Header(link, this.frozen, {
      say: (words) => this.say(words),
      sending: (file) => {
        this.sent = file && { text: `sending ${file.name}`, ...file };
        this.showStatus();
      },
    });
    this.sides = Object.fromEntries(SIDES.map((name) => [name, new Side(name, {
      choose: (codec) => this.ask({ [name]: codec }, false, name),
      quality: (value, draft) => this.ask({ [`${name}_quality`]: value }, draft, name),
      download: () => download(fileOf(link, name)),
    })]));
    this.plot = new Plot((point) => this.goTo(point));
    // A landmark, since some pages (Voila's) have none around what notebooks show.
    this.root = h("div", { class: "aew", role: "region", "aria-label": "Compression studio" },
      h("style", {}, uplotCss, coreCss, stageCss, studioCss), this.header.el, this.tools.el, this.stage.el, this.legend.el, this.alerts.el,
      h("div", { class: "aew-cards" }, this.sides.left.el, this.plot.el, this.sides.right.el));
    if (this.frozen) this.root.append(h("p", { class: "aew-frozen aew-soft" }, this.frozen));
    const { stage, sides, tools, legend, alerts, root } = this;
    this.answers = new Answers(link, { stage, sides, tools, legend, alerts, root });
    el.replaceChildren(root);
    this.listen();
    if (!this.frozen) link.send({ kind: "shown" });
  }

  listen() {
    const { link } = this;
    const on = (names, call) => link.follow(this, names, call);
    on(["subject", "crop"], this.showSubject);
    on(["left", "right", "left_quality", "right_quality", "match", "choices", "bundled"], this.showAsked);
    on(["view", "shows", "position"], this.showLook);
    on(["original"], () => this.showPicture("original"));
    for (const side of SIDES) on([`${side}_picture`], () => this.showPicture(side));
    on(["left_point", "right_point", "left_bits", "right_bits", "left_file", "right_file"], this.showAnswer);
    on(["curves"], this.showCurves);
    on(["error"], () => this.say(link.get("error") ?? ""));
    on(["status", "answered"], this.showStatus);
    this.offTheme = onTheme(this.root, () => this.showAnswer());
    this.header.receive(this.root);
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.stage.hold(null));
  }

  close() {
    this.offTheme();
    this.link.close();
    this.stage.close();
    this.plot.close();
    this.alerts.close();
  }

  // Asking

  ask(changes, draft, side) {
    if (side) this.touched = side;
    this.link.ask(changes, draft);
    this.showStatus();
  }

  look(changes) {
    this.link.tell(changes);
    this.showLook();
  }

  /** The side that a point of the curves belongs to, else the one touched last. */
  goTo({ codec, quality }) {
    const own = SIDES.find((side) => this.link.get(side) === codec) ?? this.touched;
    this.ask({ [own]: codec, [`${own}_quality`]: quality }, false, own);
  }

  /** Stop sending a file, else what Python does. */
  stop() {
    if (this.header.stop()) return;
    this.link.giveUp();
    this.link.send({ kind: "cancel" });
  }

  // Showing

  showSubject() {
    const subject = this.link.get("subject") ?? {};
    const { width = 1, height = 1 } = subject;
    this.header.subject(subject);
    this.root.setAttribute("aria-label", `Compression studio: ${subject.name ?? ""}`);
    const crop = this.link.get("crop");
    const part = crop && (crop[2] !== width || crop[3] !== height);
    this.stage.measure({ width, height }, part ? crop : null);
    this.tools.camera();
  }

  showAsked() {
    const get = (name) => this.link.get(name);
    for (const side of SIDES) this.sides[side].asked(get("choices") ?? [], get(side), get(`${side}_quality`));
    this.tools.match.set(get("match"));
    this.header.names(get("bundled") ?? []);
  }

  showLook() {
    const state = Object.fromEntries(["view", "shows", "position"].map((name) => [name, this.link.get(name)]));
    this.tools.view.set(state.view);
    this.tools.shows.set(state.shows);
    this.stage.set(state);
    this.stage.resize();
    this.tools.camera();
    this.legend.show(state.shows);
  }

  /** Decode and show; of two that are under way only the later counts. */
  async showPicture(name) {
    const token = (this.tokens[name] = (this.tokens[name] ?? 0) + 1);
    const media = name === "original" ? (this.link.get("original_media") ?? "image/png") : this.link.get(`${name}_point`)?.media;
    try {
      const bitmap = await bitmapOf(this.link.get(name === "original" ? name : `${name}_picture`), media);
      if (token !== this.tokens[name]) return bitmap?.close();
      this.stage.show(name, bitmap);
      this.root.dataset[name] = String(token);
    } catch (error) {
      this.say(`This browser cannot show ${media}: ${error.message}`);
    }
  }

  showAnswer() {
    this.answers.show();
    this.showCurves();
  }

  showCurves() {
    const sides = Object.fromEntries(SIDES.map((side) => [side, this.link.get(`${side}_point`) ?? {}]));
    this.plot.show(this.link.get("curves") ?? [], sides, themeOf(this.root));
  }

  /** How far the picture on screen is from the original, in dB: what a test compares with Python's figure. */
  measured(side) {
    const [a, b] = [this.stage.samples("original"), this.stage.samples(side)];
    return a && b ? psnr(a, b) : null;
  }

  say(words) {
    this.alerts.say(words);
  }

  showStatus() {
    const status = this.link.get("status") ?? {};
    const busy = status.busy || (!this.frozen && this.link.waiting);
    this.alerts.show(this.sent ?? (busy ? status : null));
  }
}

/** anywidget's entry point. */
function render({ model, el }) {
  const studio = new Studio(model, el);
  el.aewStudio = studio;
  return () => studio.close();
}

export default { render, offline };
