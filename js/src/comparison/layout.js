// Where the picture and what belongs to it stand: beside each other where there is room, all in one window.

const CARDS = 318; // width of the figures at least, where they stand beside the picture
const PICTURE = 400; // width of the picture at least
const GAP = 12; // between them, in CSS pixels as all of these
const ABOVE = 150; // what a page begins with, such as a title, as far as it is to stay in view
const LEAST = 260; // height of the picture

/** Columns for a widget: widths of the picture and of the figures; null where they stand below each other.
 *  @param wanted {width, height} of the picture at its largest; @param high what the window has for it */
export function columns(width, wanted, high) {
  if (width < PICTURE + GAP + CARDS) return null;
  const ideal = wanted.width * Math.min(1, high / wanted.height);
  const picture = Math.round(Math.max(PICTURE, Math.min(ideal, width - CARDS - GAP)));
  return [picture, width - picture - GAP];
}

export class Layout {
  /** @param stage whose height is set; @param body with everything in it; @param root of the widget */
  constructor(stage, body, root) {
    Object.assign(this, { stage, body, root });
    stage.placed = () => this.place();
    this.observer = new ResizeObserver(() => this.place());
    for (const el of [body, ...body.children]) this.observer.observe(el);
    this.resized = () => this.place();
    window.addEventListener("resize", this.resized);
  }

  close() {
    this.observer.disconnect();
    window.removeEventListener("resize", this.resized);
  }

  /** Height that the window has for the picture, if the widget begins at its top, or at the top of the page. */
  room() {
    const { body, root } = this;
    const notebook = root.closest(".jp-WindowedPanel-outer");
    const window_ = notebook?.clientHeight ?? window.innerHeight;
    const above = notebook ? 0 : root.getBoundingClientRect().top + window.scrollY; // a notebook is scrolled in any case
    const [header, main] = body.children;
    const tools = main.children[1];
    return window_ - (above > 0 && above < ABOVE ? above : 0) - header.offsetHeight - tools.offsetHeight - 48;
  }

  place() {
    const { body, stage } = this;
    const width = body.clientWidth;
    if (!width) return;
    const high = Math.max(LEAST, this.room());
    const found = columns(width, stage.wanted, high);
    body.dataset.layout = found ? "beside" : width < 520 ? "phone" : "below";
    body.style.gridTemplateColumns = found ? `${found[0]}px minmax(0, 1fr)` : "minmax(0, 1fr)";
    const highest = Math.round(found ? high : Math.max(LEAST, 0.72 * window.innerHeight));
    if (highest === stage.highest) return;
    stage.highest = highest;
    stage.resize();
  }
}
