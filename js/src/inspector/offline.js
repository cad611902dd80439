// Answers without a kernel: the pictures and targets that are embedded in the page.

const same = (a, b) => a.kind === b.kind && a.layer === b.layer && a.at.join() === b.at.join();

/** Let a model answer from what is in `data`. */
export function offline(model, { pictures, maps, checks, surrogates }) {
  const answerNow = () => {
    const { number = 0 } = model.get("_ask") ?? {};
    const [picture, target] = [model.get("picture"), model.get("target")];
    const shown = pictures.find((one) => one.picture === picture) ?? pictures[0];
    model.set("shown", shown.picture);
    for (const name of ["original", "reconstruction", "activations"]) model.set(name, shown[name]);
    model.set("maps", maps.find((one) => one.picture === shown.picture && same(one.target, target)));
    model.set("checks", checks.find((one) => same(one.target, target))?.checks ?? {});
    const [of, kind] = [model.get("surrogate_of"), model.get("surrogate_kind")];
    model.set("surrogate", surrogates.find((one) => one.of === of && one.kind === kind && (of === "labels" || same(one.target, target))) ?? {});
    model.set("answered", number);
  };
  model.on("change:_ask", answerNow);
  answerNow();
}
