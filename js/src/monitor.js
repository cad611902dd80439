// TrainingMonitor in the browser: shows a run as Python sends it, asks what its controls say. Trains nothing.

import coreCss from "./core/core.css";
import { h } from "./core/dom.js";
import { SILENT } from "./core/kernel.js";
import { entry, Shell } from "./core/shell.js";
import uplotCss from "./core/uplot.css";
import { Controls } from "./monitor/controls.js";
import { Figures } from "./monitor/figures.js";
import monitorCss from "./monitor/monitor.css";
import { Losses } from "./monitor/losses.js";
import { offline } from "./monitor/offline.js";
import { Pictures } from "./monitor/pictures.js";
import { Runs } from "./monitor/runs.js";
import { howFar, share } from "./monitor/progress.js";
import { Story } from "./monitor/story.js";
import { Units } from "./monitor/units.js";
import { isOver, PHASES } from "./monitor/words.js";

const AT_ONCE = 24; // epochs whose pictures are asked for in one message
const QUIET = 15000; // ms between two announcements of epochs
const PATIENCE = 60000; // ms without a word from a run that goes on

class Monitor extends Shell {
  constructor(model, el) {
    super(model);
    this.story = model.get("story") ?? new Story();
    this.losses = new Losses(this.story, (changes) => this.look(changes));
    this.pictures = new Pictures((epoch) => this.look({ epoch_shown: epoch }));
    this.units = new Units((order) => this.look({ order }));
    this.controls = new Controls(this.frozen ? null : (kind, more) => this.control(kind, more));
    this.speaking(null);
    this.figures = new Figures();
    this.runs = new Runs((changes) => this.look(changes));
    this.parts.push(this.controls, this.losses, this.pictures, this.units);
    this.mount(el, "aew-monitor", { role: "group", "aria-label": "Training monitor" }, { shared: [uplotCss, coreCss], own: [monitorCss] },
      this.header(), this.controls.el, this.alerts.el, this.figures.el, this.losses.choices,
      h("div", "aew-board", this.losses.el, this.pictures.el, this.units.el, this.runs.el));
  }

  // Parts

  header() {
    this.title = h("span", "aew-title");
    this.phase = h("span", "aew-phase");
    return h("div", "aew-header", this.title, this.phase);
  }

  listen() {
    this.follow(["plan", "originals"], this.showPlan);
    this.follow(["now", "ended"], this.showNow);
    this.follow(["now"], this.hearNow);
    this.follow(["others"], this.showOthers);
    this.follow(["scale", "axis", "smoothing", "hidden", "order", "epoch_shown"], this.showAll);
    if (!this.frozen) this.link.hear((content, buffers) => this.hear(content, buffers));
  }

  begin() {
    this.catchUp();
  }

  themed() {
    this.showAll();
  }

  // Hearing and asking

  hear(content, buffers) {
    if (content.kind !== "epochs") return;
    if (!this.story.take(content, buffers)) return void (this.early = { content, buffers });
    this.showAll();
    if (content.rows.length) this.speakEpoch();
    if (this.story.gap && this.askedAt !== this.story.last) {
      this.askedAt = this.story.last; // once: what Python does not have either stays away
      return this.catchUp();
    }
    const epochs = this.story.lacking(this.epochShown, AT_ONCE);
    if (epochs.length) this.link.send({ kind: "pictures", epochs });
  }

  /** Ask for the epochs that this page has not heard of. */
  catchUp() {
    const { plan, gap, last } = this.story;
    this.link.send({ kind: "shown", run: plan.run, have: gap ? 0 : last });
  }

  look(changes) {
    this.link.tell(changes);
    this.showAll();
  }

  control(kind, more) {
    this.link.send({ kind, ...more });
    this.controls.wait(() => this.asked);
  }

  // State

  get now() {
    return this.get("now") ?? {};
  }

  get rateNow() {
    return this.now.asked_rate ?? this.story.rate;
  }

  /** The last request to the run, as Python knows it. */
  get asked() {
    return JSON.stringify([this.now.phase, this.now.asked_rate, this.rateNow]);
  }

  get epochShown() {
    return this.get("epoch_shown") || this.story.pictured.at(-1) || 0;
  }

  /** The epoch marked in the charts: none while the latest is followed. */
  get marked() {
    return this.get("epoch_shown") ? this.story.nearest(this.epochShown) : 0;
  }

  lost() {
    super.lost();
    clearTimeout(this.silence);
    this.controls.say("");
    this.showNow();
  }

  close() {
    clearTimeout(this.silence);
    super.close();
  }

  /** Python has said how far the run is; say so below the controls where it does not any more. */
  hearNow() {
    clearTimeout(this.silence);
    if (this.silent) this.controls.say((this.silent = ""));
    if (this.frozen || this.now.phase !== "training") return;
    this.silence = setTimeout(() => this.controls.say((this.silent = `For a minute there was ${SILENT}.`)), PATIENCE);
  }

  // Showing

  showPlan() {
    const plan = this.get("plan") ?? {};
    if (plan.run && plan.run !== this.story.plan.run) {
      this.story.begin(plan);
      if (this.early) this.story.take(this.early.content, this.early.buffers);
      this.early = null;
    } else if (plan.run) this.story.widen(plan);
    const about = [plan.name !== plan.model && plan.model, plan.data && `on ${plan.data}`].filter(Boolean).join(" ");
    this.title.replaceChildren(...(plan.run ? [h("b", {}, plan.name ?? plan.model), ` ${about}`] : [h("b", {}, "No training yet")]));
    this.pictures.originals(this.get("originals"), plan.pictures ?? { count: 0, width: 1, height: 1 });
    this.showAll();
  }

  showOthers() {
    this.losses.beside(this.get("others") ?? []);
    this.showAll();
  }

  showNow() {
    const { now, story, root } = this;
    const phase = now.phase ?? "";
    const ended = this.get("ended") ?? {};
    const over = isOver(phase);
    this.phase.textContent = this.link.gone && !over ? "Not known any more" : (PHASES[phase] ?? "Waiting");
    this.phase.dataset.phase = phase;
    this.root.dataset.phase = phase;
    this.root.dataset.epoch = String(now.epoch ?? 0);
    if (root.isConnected) this.losses.showRunning(now);
    this.controls.show({ phase, over, rate: this.rateNow, share: share(story, now, ended), far: howFar(story, now, ended) });
    if (phase === this.saidPhase) return;
    if (this.saidPhase !== undefined && phase) this.alerts.speak(over ? `${PHASES[phase]}. ${ended.text ?? ""}` : PHASES[phase]);
    this.saidPhase = phase;
  }

  showAll() {
    const { story, root } = this;
    if (!root.isConnected) return;
    const { theme } = this;
    const hidden = this.get("hidden") ?? [];
    const asked = { scale: this.get("scale"), axis: this.get("axis") ?? "epoch", smoothing: this.get("smoothing") ?? 0, hidden, theme, epoch: this.marked };
    this.losses.show(asked, this.now);
    this.runs.show([story.known.run, ...this.losses.others], hidden, theme);
    const epoch = story.nearest(this.epochShown);
    const picture = epoch === null ? null : story.pictures.get(epoch);
    this.pictures.show(story, picture, !this.get("epoch_shown"), this.now.note ?? "");
    const top = Math.max(1e-9, ...[...story.pictures.values()].flatMap(({ values, measure }) => (measure === picture?.measure ? [Math.max(...values)] : [])));
    this.units.show(picture, this.get("order"), picture?.measure === "activity" ? 1 : top, theme);
    this.figures.show(story);
    this.showNow();
    this.root.dataset.shown = String(epoch ?? 0);
    this.root.dataset.rows = String(story.rows.size);
  }

  speakEpoch() {
    const moment = Date.now();
    if (moment - (this.spokenAt ?? 0) < QUIET) return;
    this.spokenAt = moment;
    const { last, plan } = this.story;
    const { head, value } = this.figures.cells.main;
    this.alerts.speak(`Epoch ${last}${plan.epochs ? ` of ${plan.epochs}` : ""}: ${head.textContent.toLowerCase()} ${value.textContent}`);
  }
}

export default entry(Monitor, "aewMonitor", offline);
