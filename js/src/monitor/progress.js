// Progress of a run, as a share and in words. No page.

import { whole } from "../core/dom.js";
import { duration, isOver } from "./words.js";

/** Share of a run that is done, from 0 to 1. @param now, ended the traits of these names */
export function share({ plan }, now, ended) {
  if (isOver(now.phase) && ended.reason === "finished") return 1;
  return ((now.epoch ?? 1) - 1 + (now.step ?? 0) / (plan.steps ?? 1)) / (plan.epochs ?? 1);
}

/** Progress in words; for a run that is over, how it ended. */
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
