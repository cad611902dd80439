// CompressionStudio in the browser: asks what its controls say, shows what is answered. Computes no figures.

import uplotCss from "uplot/dist/uPlot.min.css";
import coreCss from "./core/core.css";
import { button, freshId, h, menu, quiet, segments } from "./core/dom.js";
import { bitmapOf, Link } from "./core/link.js";
import { onTheme, themeOf } from "./core/theme.js";
import studioCss from "./studio/studio.css";
import { psnr, RAMP_CSS } from "./studio/maps.js";
import { offline } from "./studio/offline.js";
import { Plot } from "./studio/plot.js";
import { Side } from "./studio/side.js";
import { Stage } from "./studio/stage.js";

const SIDES = ["left", "right"];
const MAX_UPLOAD = 9e6; // bytes: Jupyter's servers take no larger message than 10 MB
const PATIENCE = 500; // ms before anything says that it is working

class Studio {
  constructor(model, el) {
    this.link = new Link(model);
    this.frozen = model.get("frozen") ?? "";
    this.tokens = {};
    this.stage = new Stage({
      moved: (position, done) => done && this.link.tell({ position }),
      changed: () => this.showCamera(),
    });
    this.sides = Object.fromEntries(SIDES.map((name) => [name, new Side(name, {
      choose: (codec) => this.ask({ [name]: codec }, false, name),
      quality: (value, draft) => this.ask({ [`${name}_quality`]: value }, draft, name),
      download: () => this.download(name),
    })]));
    this.plot = new Plot((point) => this.goTo(point));
    this.touched = "left";
    this.root = h("div", { class: "aew", role: "group", "aria-label": "Compression studio" },
      h("style", {}, uplotCss, coreCss, studioCss), this.header(), this.toolbar(), this.stage.el, this.legend(), this.alerts(),
      h("div", { class: "aew-cards" }, this.sides.left.el, this.plot.el, this.sides.right.el));
    if (this.frozen) this.root.append(h("p", { class: "aew-frozen aew-soft" }, this.frozen));
    el.replaceChildren(this.root);
    this.listen();
    if (!this.frozen) this.link.send({ kind: "shown" });
  }

  // Parts

  header() {
    this.title = h("span", { class: "aew-title" });
    if (this.frozen) return h("div", { class: "aew-header" }, this.title);
    const id = freshId("open");
    const file = h("input", { type: "file", id, accept: "image/*,.aew,.jp2,.tif,.tiff,.bmp,.ppm,.pgm", class: "aew-hidden", ...quiet, onchange: () => this.upload(file.files[0]) });
    this.bundled = menu("Bundled pictures", (name) => name && this.link.send({ kind: "bundled", name }));
    const path = h("input", { type: "text", placeholder: "path below the working folder", "aria-label": "Path of a picture or an .aew file", ...quiet,
      onkeydown: (event) => {
        event.stopPropagation();
        if (event.key === "Enter") this.link.send({ kind: "path", path: path.value });
      } });
    return h("div", { class: "aew-header" }, this.title,
      h("span", { class: "aew-open" }, h("label", { for: id, class: "aew-button" }, file, "Open a picture…"), this.bundled.el, path));
  }

  toolbar() {
    this.view = segments("Layout", [["swipe", "Swipe"], ["side", "Side by side"]], (view) => this.look({ view }));
    this.shows = segments("What is shown", [["picture", "Picture"], ["error", "Error", "Difference to the original"], ["bits", "Bits", "Where a learned codec spends its bits; choose one on either side"]], (shows) => this.look({ shows }));
    this.match = segments("What the other side follows", [["off", "Free"], ["size", "Same size", "The other side takes the quality that costs as many bytes"], ["quality", "Same PSNR", "The other side takes the quality of the same PSNR"]], (match) => this.ask({ match }, false));
    this.zoom = h("output", { class: "aew-zoom", "aria-label": "Zoom" });
    const zoomTo = (how) => () => this.stage.zoomAt(how);
    this.loupe = button("Loupe", () => this.stage.magnify(!this.stage.loupe), { "aria-pressed": "false", title: "Both sides eight times enlarged (L)" });
    const flick = button("Flicker", () => {}, { title: "Hold to alternate between both sides (F)" });
    const start = () => this.stage.flicker(true);
    const stop = () => this.stage.flicker(false);
    flick.addEventListener("pointerdown", start);
    for (const name of ["pointerup", "pointerleave", "blur"]) flick.addEventListener(name, stop);
    const held = (on) => (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      event.stopPropagation();
      on();
    };
    flick.addEventListener("keydown", held(start));
    flick.addEventListener("keyup", held(stop));
    return h("div", { class: "aew-tools" }, this.view.el, this.shows.el, this.match.el,
      h("span", { class: "aew-zooms" },
        button("−", zoomTo("out"), { "aria-label": "Zoom out" }), this.zoom, button("+", zoomTo("in"), { "aria-label": "Zoom in" }),
        button("Fit", zoomTo(null)), button("1:1", zoomTo("one"), { title: "One pixel of the picture to one of the screen" })),
      h("span", { class: "aew-zooms" }, this.loupe, flick));
  }

  legend() {
    this.full = menu("Brightest difference", (value) => {
      this.stage.full = Number(value);
      this.stage.draw();
      this.showLegend();
    });
    this.full.fill([8, 16, 32, 64, 128].map((n) => [String(n), `${n} levels`]));
    this.full.set("32");
    this.group = menu("Group of channels", (value) => {
      this.stage.group = Number(value);
      this.stage.draw();
      this.showLegend();
    });
    this.scale = h("span", { class: "aew-scale" }, h("span", {}, "0"), h("i", { style: `background:${RAMP_CSS}` }), h("span", {}));
    this.scaleWords = h("span", { class: "aew-soft" });
    this.legendRow = h("div", { class: "aew-legend-row" }, this.scale, this.full.el, this.group.el, this.scaleWords);
    return this.legendRow;
  }

  alerts() {
    this.busy = h("span", {});
    this.bar = h("progress", { "aria-label": "Progress" });
    this.cancel = button("Stop", () => {
      this.link.giveUp();
      this.link.send({ kind: "cancel" });
    }, { class: "aew-small" });
    this.working = h("div", { class: "aew-working" }, this.bar, this.busy, this.cancel);
    this.wrong = h("div", { class: "aew-error", role: "alert" });
    this.spoken = h("div", { class: "aew-hidden", role: "status" });
    return h("div", {}, this.working, this.wrong, this.spoken);
  }

  listen() {
    const { link } = this;
    const on = (names, call) => {
      link.on(names, () => call.call(this));
      call.call(this);
    };
    on(["subject", "crop"], this.showSubject);
    on(["left", "right", "left_quality", "right_quality", "match", "choices", "bundled"], this.showAsked);
    on(["view", "shows", "position"], this.showLook);
    on(["original"], () => this.showPicture("original"));
    for (const side of SIDES) on([`${side}_picture`], () => this.showPicture(side));
    on(["left_point", "right_point", "left_bits", "right_bits", "left_file", "right_file"], this.showAnswer);
    on(["curves"], this.showCurves);
    on(["error"], this.showError);
    on(["status", "answered"], this.showStatus);
    this.offTheme = onTheme(() => this.showAnswer());
    // Only an element that is in the page has colours and a size; here it first is.
    this.placed = new ResizeObserver(() => {
      this.placed.disconnect();
      this.showAnswer();
    });
    this.placed.observe(this.root);
    for (const name of ["dragenter", "dragover", "dragleave", "drop"]) this.root.addEventListener(name, (event) => this.drag(event));
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.stage.hold(null));
  }

  close() {
    this.offTheme();
    this.placed.disconnect();
    this.link.close();
    this.stage.close();
    this.plot.close();
    clearTimeout(this.patience);
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

  drag(event) {
    if (this.frozen) return;
    event.preventDefault();
    event.stopPropagation();
    this.root.classList.toggle("aew-dropping", event.type === "dragover" || event.type === "dragenter");
    if (event.type === "drop" && event.dataTransfer.files[0]) this.upload(event.dataTransfer.files[0]);
  }

  async upload(file) {
    if (!file) return;
    if (file.size > MAX_UPLOAD) return this.say(`${file.name}: larger than ${MAX_UPLOAD / 1e6} MB, which is what a page can send; from Python, .look_at(path) takes it.`);
    this.link.send({ kind: "upload", name: file.name }, [await file.arrayBuffer()]);
  }

  fileOf(side) {
    const point = this.link.get(`${side}_point`);
    const own = this.link.get(`${side}_file`);
    const shown = this.link.get(`${side}_picture`);
    const bytes = own?.byteLength ? own : shown;
    if (!point?.codec || !bytes?.byteLength) return null;
    const stem = (this.link.get("subject").name ?? "picture").replace(/\.[^.]*$/, "").replace(/[^\w-]+/g, "-");
    const quality = point.quality === null ? "" : `-${Number(point.quality.toFixed(2))}`;
    const suffix = !own?.byteLength && point.media === "image/webp" ? ".webp" : point.suffix;
    return { name: `${stem}-${point.codec}${quality}${suffix}`, bytes };
  }

  download(side) {
    const { name, bytes } = this.fileOf(side);
    const href = URL.createObjectURL(new Blob([bytes]));
    h("a", { href, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(href), 1000);
  }

  // Showing

  showSubject() {
    const { name = "", width = 1, height = 1, bytes = 0, source = "" } = this.link.get("subject") ?? {};
    this.title.replaceChildren(h("b", {}, name), ` ${width} × ${height}, ${bytes.toLocaleString("en")} bytes (${source})`);
    const crop = this.link.get("crop");
    const part = crop && (crop[2] !== width || crop[3] !== height);
    this.stage.measure({ width, height }, part ? crop : null);
    this.showCamera();
  }

  showAsked() {
    const get = (name) => this.link.get(name);
    for (const side of SIDES) this.sides[side].asked(get("choices") ?? [], get(side), get(`${side}_quality`));
    this.match.set(get("match"));
    this.bundled?.fill([["", "Bundled…"], ...(get("bundled") ?? []).map((name) => [name, name])]);
    this.bundled?.set("");
  }

  showLook() {
    const state = Object.fromEntries(["view", "shows", "position"].map((name) => [name, this.link.get(name)]));
    this.view.set(state.view);
    this.shows.set(state.shows);
    this.stage.set(state);
    this.stage.resize();
    this.showCamera();
    this.showLegend();
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
    const theme = themeOf(this.root);
    const get = (side, what) => this.link.get(`${side}_${what}`) ?? {};
    for (const [side, other] of [SIDES, [...SIDES].reverse()]) {
      const point = get(side, "point");
      const card = this.sides[side];
      card.answered(point, get(other, "point"), get(side, "bits"), this.fileOf(side), theme.dark);
      card.held = Boolean(point.preview && card.held);
      this.stage.colours[side] = getComputedStyle(card.el).getPropertyValue("--side");
      if (this.stage.bits[side] !== get(side, "bits")) {
        this.stage.bits[side] = get(side, "bits");
        this.stage.cache.clear();
      }
      this.stage.tags[side].textContent = point.codec ? `${point.label} · ${this.kilo(point.bytes)}` : "";
      this.stage.tags[side].style.setProperty("--side", this.stage.colours[side]);
    }
    const groups = Math.max(0, ...SIDES.map((side) => get(side, "bits").groups?.length ?? 0));
    this.group.fill([["-1", "all groups"], ...Array.from({ length: groups }, (_, i) => [String(i), `group ${i + 1}`])]);
    this.shows.enable("bits", groups > 0 || this.link.get("shows") === "bits");
    this.stage.draw();
    this.showCurves();
    this.showLegend();
    this.showCamera();
    if (!SIDES.some((side) => get(side, "point").preview)) this.speak();
  }

  kilo(bytes) {
    return bytes < 1e4 ? `${bytes.toLocaleString("en")} B` : `${(bytes / 1000).toFixed(bytes < 1e5 ? 1 : 0)} kB`;
  }

  words() {
    const one = (side) => {
      const p = this.link.get(`${side}_point`);
      return p?.codec ? `${side} ${p.label}, ${p.bytes.toLocaleString("en")} bytes, ${p.exact ? "lossless" : `${p.psnr.toFixed(2)} dB`}` : "";
    };
    return SIDES.map(one).join("; ");
  }

  speak() {
    const words = this.words();
    if (this.spoken.textContent !== words) this.spoken.textContent = words;
    this.stage.canvas.setAttribute("aria-label", `${this.link.get("subject")?.name}: ${words}`);
  }

  showCurves() {
    const sides = Object.fromEntries(SIDES.map((side) => [side, this.link.get(`${side}_point`) ?? {}]));
    this.plot.show(this.link.get("curves") ?? [], sides, themeOf(this.root));
  }

  showCamera() {
    const { stage } = this;
    this.zoom.textContent = `${Math.round(stage.zoom * 100)} %`;
    this.loupe.setAttribute("aria-pressed", String(stage.loupe));
    Object.assign(stage.el.dataset, { zoom: stage.zoom.toFixed(3), x: stage.camera.x.toFixed(3), y: stage.camera.y.toFixed(3), only: stage.only ?? "", loupe: String(stage.loupe) });
  }

  showLegend() {
    const shows = this.link.get("shows");
    this.legendRow.style.display = shows === "picture" ? "none" : "";
    this.full.el.style.display = shows === "error" ? "" : "none";
    this.group.el.style.display = shows === "bits" ? "" : "none";
    const most = this.scale.lastChild;
    if (shows === "error") {
      most.textContent = `${this.stage.full} of 255`;
      this.scaleWords.textContent = "largest difference of the three colours to the original";
    } else if (shows === "bits") {
      most.textContent = `${this.stage.topBits.toFixed(0)} bits`;
      const learned = SIDES.filter((side) => this.link.get(`${side}_bits`)?.rows);
      this.scaleWords.textContent = learned.length ? "for each 16 × 16 pixels of the learned codec; other codecs do not tell" : "neither side is a learned codec: choose one to see its bits";
    }
  }

  /** How far the picture on screen is from the original, in dB: what a test compares with Python's figure. */
  measured(side) {
    const [a, b] = [this.stage.samples("original"), this.stage.samples(side)];
    return a && b ? psnr(a, b) : null;
  }

  showError() {
    this.say(this.link.get("error") ?? "");
  }

  say(words) {
    this.wrong.replaceChildren();
    if (!words) return;
    this.wrong.append(words, button("Dismiss", () => {
      this.wrong.replaceChildren();
      this.link.send({ kind: "dismiss" });
    }, { class: "aew-small" }));
  }

  /** Nothing is said of work that is done before anybody could read of it. */
  showStatus() {
    const status = this.link.get("status") ?? {};
    const busy = Boolean(status.busy) || (!this.frozen && this.link.waiting);
    if (!busy) {
      clearTimeout(this.patience);
      this.patience = null;
      this.working.classList.remove("aew-on");
    } else if (!this.patience) {
      this.patience = setTimeout(() => this.working.classList.add("aew-on"), PATIENCE);
    }
    if (status.total) Object.assign(this.bar, { max: status.total, value: status.done });
    else this.bar.removeAttribute("value");
    this.busy.textContent = status.text || "working";
  }
}

/** anywidget's entry point. */
function render({ model, el }) {
  const studio = new Studio(model, el);
  el.aewStudio = studio;
  return () => studio.close();
}

export default { render, offline };
