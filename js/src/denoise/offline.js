// Answers without a kernel: the nearest of the strengths that are embedded in the page.

import { nearestTo } from "../comparison/nearest.js";
import { SIDES } from "../comparison/sides.js";

const NOTHING = new DataView(new ArrayBuffer(0));

/** The level whose strength is nearest, by ratio where the slider is logarithmic. */
export function nearestLevel(levels, strength, log) {
  const scale = (value) => (log ? Math.log(value) : value);
  return nearestTo(levels, strength === null ? null : scale(strength), (level) => scale(level.strength));
}

/** Let a model answer from the levels in `data`. */
export function offline(model, { levels }) {
  const pair = [model.get("left"), model.get("right")].sort().join();
  const [kind] = model.get("corruptions");
  model.set("corruptions", [{ ...kind, stops: levels.map(({ strength }) => strength) }]);
  const answerNow = () => {
    const { number = 0 } = model.get("_ask") ?? {};
    const level = nearestLevel(levels, model.get("strength"), kind.log);
    const { strength, noise } = level;
    model.set("strength", strength);
    model.set("given", level.given);
    model.set("noise", noise);
    const methods = SIDES.map((side) => model.get(side));
    for (const [index, side] of SIDES.entries()) {
      const method = methods[index];
      const point = level.points.find((p) => p.method === method);
      const { label } = model.get("choices").find(({ name }) => name === method) ?? { label: method };
      const nothing = { method, label, psnr: null, exact: false, ssim: null, seconds: null };
      model.set(`${side}_picture`, level.pictures[method] ?? NOTHING);
      model.set(`${side}_point`, { ...(point ?? nothing), failed: !point, preview: false, media: "image/webp", corruption: noise.corruption, strength, seed: noise.seed });
    }
    model.set("tried", level.points.filter(({ method }) => method !== "original"));
    model.set("differ", [...methods].sort().join() === pair ? level.differ : []);
    model.set("answered", number);
  };
  model.on("change:_ask", answerNow);
  answerNow();
}
