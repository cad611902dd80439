// <aew-img src="cat.aew" alt="a cat" weights="photo.npz">: a picture of a page that is an .aew file.

import { readSize } from "./container.js";
import { IncompleteError } from "./errors.js";
import { joined } from "./npz.js";

const STYLE = `:host { display: inline-block } :host([hidden]) { display: none }
  canvas { display: block; width: 100%; height: auto } [part=words] { font: small sans-serif }`;
let worker = null; // one for all elements of a page, made for the first
const waiting = new Map();
let last = 0;

/** Return the promise of a decoded picture: width, height, rgba. */
function decoded(bytes, weights) {
  if (!worker) {
    worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data: { id, error, ...picture } }) => {
      const { resolve, reject } = waiting.get(id);
      waiting.delete(id);
      if (error) reject(new Error(error));
      else resolve(picture);
    };
    worker.onerror = () => {
      for (const { reject } of waiting.values()) reject(new Error("the decoder could not be loaded"));
      waiting.clear();
      worker = null;
    };
  }
  const id = ++last;
  const promise = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  worker.postMessage({ id, bytes, weights }, [bytes.buffer]);
  return promise;
}

/** Return the bytes of an address; `started` is called with the size of the picture as soon as that is known. */
async function fetched(address, started, signal) {
  const answer = await fetch(address, { signal });
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
  const parts = [];
  let known = false;
  for (const reader = answer.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return joined(parts);
    parts.push(value);
    if (known) continue;
    try {
      started(readSize(joined(parts)));
      known = true;
    } catch (error) {
      if (!(error instanceof IncompleteError)) throw error;
    }
  }
}

/**
 * Element that shows an .aew file.
 *
 * Attributes: `src`; `alt`; `weights`, the address of the decoder's share of the weights, "photo.npz" beside this module
 * unless it is given; `loading="lazy"` waits until the element is near the view. What stands inside the element, such as
 * an `img`, is shown until the picture is there, and where it cannot be shown. Events: `load` and `error`, whose `detail`
 * says why in words.
 */
export class AewImage extends HTMLElement {
  static observedAttributes = ["src", "alt"];

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: "open" });
    shadow.innerHTML = `<style>${STYLE}</style><canvas hidden></canvas><slot></slot><span part="words" role="status"></span>`;
    [this.canvas, this.slotted, this.words] = ["canvas", "slot", "span"].map((name) => shadow.querySelector(name));
  }

  connectedCallback() {
    this.connected = true;
    if (!this.hasAttribute("role")) this.setAttribute("role", "img");
    this.describe();
    if (this.getAttribute("loading") !== "lazy") return void this.show();
    this.near = new IntersectionObserver(([entry]) => {
      if (!entry.isIntersecting) return;
      this.near.disconnect();
      this.near = null;
      this.show();
    }, { rootMargin: "200px" });
    this.near.observe(this);
  }

  disconnectedCallback() {
    this.connected = false;
    this.near?.disconnect();
    this.near = null;
    this.stop?.abort();
  }

  attributeChangedCallback(name, before, after) {
    if (!this.connected || before === after) return; // attributes are told of before the element is connected, too
    if (name === "alt") this.describe();
    else if (!this.near) this.show();
  }

  describe() {
    this.setAttribute("aria-label", this.getAttribute("alt") ?? "");
  }

  async show() {
    this.stop?.abort();
    const source = this.getAttribute("src");
    if (!source) return;
    const stop = (this.stop = new AbortController());
    const weights = new URL(this.getAttribute("weights") ?? new URL("photo.npz", import.meta.url), document.baseURI).href;
    this.words.textContent = "";
    try {
      const bytes = await fetched(new URL(source, document.baseURI), ({ width, height }) => {
        Object.assign(this.canvas, { width, height, hidden: false }); // so that the page need not move later
        this.style.aspectRatio ||= `${width} / ${height}`;
      }, stop.signal);
      const { width, height, rgba } = await decoded(bytes, weights);
      if (stop.signal.aborted) return;
      Object.assign(this.canvas, { width, height, hidden: false });
      this.canvas.getContext("2d").putImageData(new ImageData(rgba, width, height), 0, 0);
      this.slotted.hidden = true;
      this.dispatchEvent(new Event("load"));
    } catch (error) {
      if (stop.signal.aborted) return;
      this.canvas.hidden = true;
      this.slotted.hidden = false;
      if (!this.childElementCount) this.words.textContent = `${this.getAttribute("alt") || source}: ${error.message}`;
      this.dispatchEvent(new CustomEvent("error", { detail: error.message }));
    }
  }
}

if (!customElements.get("aew-img")) customElements.define("aew-img", AewImage);
