// The shell of a studio: one picture with two sides under a handle, what is opened and stopped. Shows no figures.

import coreCss from "../core/core.css";
import { button, h } from "../core/dom.js";
import { bitmapOf } from "../core/link.js";
import { Shell } from "../core/shell.js";
import uplotCss from "../core/uplot.css";
import { Header } from "./header.js";
import { Layout } from "./layout.js";
import { SIDES } from "./sides.js";
import stageCss from "./stage.css";

/** A studio, which has `tools` and the cards `sides` beside what is made here. */
export class Pair extends Shell {
  /** Number of times that a picture was decoded, by its name. */
  tokens = {};

  /** @param title of the studio; @param Stage class of its stage; @param asks names of what questions are about, which may be copied and gone back to */
  constructor(model, title, Stage, asks = []) {
    super(model);
    const { link } = this;
    Object.assign(this, { title, asks });
    this.stage = new Stage({
      moved: (position, done) => done && link.tell({ position }),
      changed: () => this.tools.camera(),
    });
    this.speaking();
    this.header = new Header(link, this.frozen, {
      say: (words) => this.say(words),
      sending: (file) => {
        this.sent = file && { text: `sending ${file.name}`, ...file };
        this.showStatus();
      },
    });
    this.parts.push(this.stage);
  }

  /** Both cards. @param Side class of a card; @param hooks for the one of a name */
  cards(Side, hooks) {
    this.sides = Object.fromEntries(SIDES.map((name) => [name, new Side(name, hooks(name))]));
  }

  /**
   * Put everything onto the page: the picture with its tools, what is chosen beside it with both cards, and more.
   * @param kind class of this studio; @param css its sheet; @param below what stands below the picture and its tools
   * @param beside what stands above both cards; @param more what stands below them
   */
  arrange(el, kind, css, below, beside, more) {
    this.recent = button("Last setting", () => this.goBack(), { class: "aew-small", title: "Back to the setting before this one, and forth again", disabled: true });
    this.recent.dataset.asks = "";
    const copy = button("Copy settings", () => this.copy(), { class: "aew-small", title: "As Python: studio.settings = what is copied" });
    if (this.asks.length) this.header.el.append(h("span", "aew-zooms", this.recent, copy));
    const main = h("div", "aew-main", this.stage.el, this.tools.el, ...below);
    const side = h("div", "aew-side", ...beside, h("div", "aew-cards", ...SIDES.map((name) => this.sides[name].el)));
    const body = h("div", "aew-pair", this.header.el, main, side, more.length ? h("div", "aew-more", ...more) : null);
    // A landmark, since some pages (Voila's) have none around what notebooks show.
    this.mount(el, kind, { role: "region", "aria-label": this.title }, { shared: [uplotCss, coreCss], own: [stageCss, css] }, body);
    this.parts.push(new Layout(this.stage, body, this.root));
  }

  listen() {
    this.follow(["view", "shows", "position"], this.showLook);
    this.follow(["status", "answered"], this.showStatus);
    this.header.receive(this.root);
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.stage.hold(null));
  }

  ask(changes, draft = false) {
    this.before ??= this.settings(this.asks); // a drag goes on from here
    this.link.ask(changes, draft);
    if (!draft) {
      [this.last, this.before] = [this.before, null];
      this.recent.disabled = false;
    }
    this.showStatus();
  }

  /** Traits by name. */
  settings(names) {
    return Object.fromEntries(names.map((name) => [name, this.get(name) ?? null]));
  }

  /** Ask for the setting before this one, which then is the one to go back to. */
  goBack() {
    this.ask(this.last);
  }

  /** All settings onto the clipboard, as Python's; pages that may not write there show them. */
  copy() {
    const all = Object.entries(this.settings([...this.asks, "view", "shows", "position"]));
    const text = `{${all.map(([name, value]) => `"${name}": ${value === null ? "None" : JSON.stringify(value)}`).join(", ")}}`;
    const said = () => this.alerts.speak("Settings copied");
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(said, () => this.say(text));
    else this.say(text);
  }

  look(changes) {
    this.link.tell(changes);
    this.showLook();
  }

  /** Stop sending a file, else what Python does. */
  stop() {
    if (!this.header.stop()) super.stop();
  }

  lost() {
    super.lost();
    this.header.sending.end();
  }

  /** The answer about a side. */
  point(side) {
    return this.get(`${side}_point`) ?? {};
  }

  /** @param crop [x, y, width, height] that is looked at, if not all of it */
  showSubject(crop) {
    const subject = this.get("subject") ?? {};
    const { name = "", width = 1, height = 1 } = subject;
    this.stage.clear = Boolean(subject.transparent);
    this.header.subject(subject);
    this.root.setAttribute("aria-label", `${this.title}: ${name}`);
    this.stage.measure({ width, height }, crop);
    this.tools.camera();
  }

  showLook() {
    const { stage, tools } = this;
    const [view, shows, position] = ["view", "shows", "position"].map((name) => this.get(name));
    tools.view.set(view);
    tools.shows.set(shows);
    stage.set({ view, shows, position });
    stage.placed?.();
    stage.resize();
    tools.camera();
  }

  /** A decoded picture as it is shown. */
  shown(bitmap) {
    return bitmap;
  }

  /** Decode a picture onto the stage; of two that are under way only the later counts. */
  async decode(name, bytes, media) {
    const token = (this.tokens[name] = (this.tokens[name] ?? 0) + 1);
    try {
      const bitmap = await this.shown(await bitmapOf(bytes, media));
      if (token !== this.tokens[name]) return bitmap?.close();
      this.stage.show(name, bitmap);
      this.root.dataset[name] = token;
      this.decoded?.();
    } catch (error) {
      this.say(`This browser cannot show ${media}: ${error.message}`);
    }
  }

  /** A side's words and its card's colour, on the stage. */
  tag(side, words) {
    const { colours, tags } = this.stage;
    colours[side] = getComputedStyle(this.sides[side].el).getPropertyValue("--side");
    tags[side].textContent = words;
    tags[side].style.setProperty("--side", colours[side]);
  }

  /** Both sides in words, for those who listen. */
  speak(words) {
    this.alerts.speak(words);
    this.stage.canvas.setAttribute("aria-label", `${this.get("subject")?.name}: ${words}`);
  }
}
