// Progress of a run, as a share and in words. No page.

import { whole } from "../core/dom.js";
import { duration, isOver } from "./words.js";

/** Share of a run that is done, from 0 to 1; null where nobody knows how long it is. @param now, ended the traits of these names */
export function share({ plan, known }, now, ended) {
  if (isOver(now.phase) && ended.reason === "finished") return 1;
  if (!plan.epochs) return isOver(now.phase) || !now.phase ? 0 : null;
  return ((now.epoch ?? 1) - 1 + Math.min(1, (now.step ?? 0) / (known.run.batches || Infinity))) / plan.epochs;
}

/** Progress in words; for a run that is over, how it ended. */
export function howFar(story, now, ended) {
  if (!now.phase) return "Give it to a training: model.fit(x, y, callbacks=[monitor]), or train(model, x, watcher=monitor).";
  if (isOver(now.phase)) return ended.text ?? "";
  const { plan } = story;
  const batches = story.known.run.batches;
  const said = [`epoch ${whole(now.epoch)}${plan.epochs ? ` of ${whole(plan.epochs)}` : ""}`, `batch ${whole(now.step)}${batches ? ` of ${whole(batches)}` : ""}`];
  if (plan.done) said.push(`${whole(plan.done)} trained before`);
  const left = story.left(now);
  if (left !== null) said.push(`${duration(left)} left`);
  return said.join(" · ");
}
