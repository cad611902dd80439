// How far a run is, as a share and in words. No page.

import { whole } from "../core/dom.js";
import { duration, isOver } from "./words.js";

/** From 0 to 1. @param now where the run is, ended how it ended, as the traits say */
export function share({ plan }, now, ended) {
  if (isOver(now.phase) && ended.reason === "finished") return 1;
  return ((now.epoch ?? 1) - 1 + (now.step ?? 0) / (plan.steps ?? 1)) / (plan.epochs ?? 1);
}

/** In words; of a run that is over, how it ended. */
export function howFar(story, now, ended) {
  if (!now.phase) return "Hand this monitor to the training: train(model, splits, watcher=monitor).";
  if (isOver(now.phase)) return ended.text ?? "";
  const { plan } = story;
  const said = [`epoch ${whole(now.epoch)} of ${whole(plan.epochs)}`, `batch ${now.step} of ${plan.steps}`];
  if (plan.done) said.push(`${whole(plan.done)} trained before`);
  const left = story.left(now);
  if (left !== null) said.push(`${duration(left)} left`);
  return said.join(" · ");
}
