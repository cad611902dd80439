// The record of a run in a page without a kernel: the story is embedded in the page.

import { Story } from "./story.js";

/** Give a model the story in `data`: rows, and pictures with their bytes. */
export function offline(model, { rows, pictures }) {
  const story = new Story();
  story.begin(model.get("plan") ?? { run: 0 });
  const buffers = pictures.flatMap(({ strip, values, marks }) => [strip, values, marks]);
  story.take({ run: story.plan.run, rows, pictures, kept: pictures.map(({ epoch }) => epoch) }, buffers);
  model.set("story", story);
}
