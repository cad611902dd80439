// Answers without a kernel: the nearest operating points of the grid that is embedded in the page.

import { nearestTo } from "../comparison/nearest.js";
import { SIDES } from "../comparison/sides.js";

/** The entry of a codec whose point is nearest to a number, by `measure`; null where there is none. */
export function closest(grid, codec, wanted, measure) {
  return nearestTo(grid.filter(({ point }) => point.codec === codec), wanted, ({ point }) => measure(point));
}

const byQuality = (ratio) => (p) => (p.quality === null ? 0 : ratio ? Math.log(p.quality) : p.quality);
const MEASURES = { size: (p) => Math.log(p.bytes), quality: (p) => (p.exact ? 1e3 : p.psnr) };

/** Both sides for a question: {left, right}, entries of the grid. */
export function answer(grid, choices, asked, leader) {
  const found = {};
  const at = (side) => {
    const ratio = choices.find(({ name }) => name === asked[side])?.ratio;
    const quality = asked[`${side}_quality`];
    const measure = byQuality(ratio);
    return closest(grid, asked[side], quality === null ? null : measure({ quality }), measure);
  };
  const other = leader === "left" ? "right" : "left";
  found[leader] = at(leader);
  const measure = MEASURES[asked.match];
  const follows = measure && asked.left !== "original" && asked.right !== "original";
  found[other] = follows ? closest(grid, asked[other], measure(found[leader].point), measure) : at(other);
  return found;
}

/** Let a model answer from the grid in `data`. */
export function offline(model, { grid }) {
  let leader = "left";
  for (const side of SIDES) {
    model.on(`change:${side}_quality`, () => !busy && (leader = side));
    model.on(`change:${side}`, () => {
      leader = side === "left" ? "right" : "left";
      const { usual } = model.get("choices").find(({ name }) => name === model.get(side));
      busy = true;
      model.set(`${side}_quality`, usual);
      busy = false;
    });
  }
  let busy = false;
  const answerNow = () => {
    const asked = Object.fromEntries(["left", "right", "left_quality", "right_quality", "match"].map((name) => [name, model.get(name)]));
    const { number = 0, draft = false } = model.get("_ask") ?? {};
    const found = answer(grid, model.get("choices"), asked, leader);
    busy = true;
    for (const side of SIDES) {
      if (draft && side !== leader && asked.match === "off") continue;
      const { point, picture, file, bits } = found[side];
      model.set(`${side}_picture`, picture);
      model.set(`${side}_file`, file);
      model.set(`${side}_bits`, bits);
      model.set(`${side}_point`, point);
      if (!draft || side !== leader) model.set(`${side}_quality`, point.quality);
    }
    model.set("answered", number);
    busy = false;
  };
  model.set("original", grid[0].picture);
  model.set("original_media", grid[0].point.media);
  model.on("change:_ask", answerNow);
  answerNow();
}
