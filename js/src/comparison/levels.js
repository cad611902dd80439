// Menus of numbers that the stage draws with.

import { menu } from "../core/dom.js";

/** A menu of a number of the stage. @param changed called once the stage has it */
export function numbers(stage, name, label, changed) {
  return menu(label, (value) => {
    stage[name] = Number(value);
    stage.draw();
    changed();
  });
}

/** A menu of the difference that maps show brightest, in levels of 255. @param changed called once the stage has it */
export function levelsOf(stage, changed) {
  const levels = numbers(stage, "full", "Brightest difference", changed);
  levels.fill([8, 16, 32, 64, 128].map((n) => [String(n), `${n} levels`]));
  levels.set(String(stage.full));
  return levels;
}
