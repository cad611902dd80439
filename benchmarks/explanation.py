"""Does each method of explanation pass its checks? Three shipped autoencoders, two targets, and surrogates of codes.

`python -m benchmarks explanation` writes `benchmarks/explanation.md`. Maps are of test pictures; the unit of the code
that is explained is the one that varies most over validation pictures. Surrogates are fitted to codes of validation
pictures and measured on those of test pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aewidgets.models.pretrained import load_autoencoder
from aewidgets.studies import Target, check_sum, deletion, explain, explanation_methods, fit_surrogate, randomisation
from aewidgets.system.writing import write_text
from aewidgets.training.data.splits import Splits, load_splits

TABLE = Path(__file__).with_suffix(".md")
MODELS = {
    "mnist-convolutional-64": "mnist",
    "fashion-variational-16": "fashion-mnist",
    "cifar10-convolutional-64": "cifar10",
}
PICTURES = 16  # test pictures whose maps are checked
STEPS = 32  # gradients of integrated gradients
SURROGATES = (("tree", 10), ("tree", 40), ("linear", 8), ("linear", 16))  # kind and largest size
HEAD = "| model | target | method | sum | deletion | randomisation |\n| --- | --- | --- | --- | --- | --- |"
SURROGATE_HEAD = (
    "| model | surrogate | size | accuracy, held out | accuracy, fitted | constant |\n"
    "| --- | --- | --- | --- | --- | --- |"
)


def varying_unit(model: Any, splits: Splits) -> int:
    """Return the unit of the code that varies most over a thousand validation pictures."""
    return int(model.encode(splits.validation.images[:1000]).var(0).argmax())


def said(passes: bool | None) -> str:
    """Return a verdict as a word."""
    return "-" if passes is None else "passes" if passes else "fails"


def measured(pair: tuple[float, float]) -> str:
    """Return a mean and its standard error in points."""
    return f"{100 * pair[0]:+.1f} ± {100 * pair[1]:.1f}"


def rows(name: str, model: Any, splits: Splits) -> Iterator[str]:
    """Yield a row for each target and method."""
    images = splits.test.open().images[:PICTURES]
    for target in (Target.code_unit(varying_unit(model, splits)), Target.whole_error()):
        for method in explanation_methods(model, target):
            found = explain(model, images, target, method, steps=STEPS)
            whole, removed = check_sum(found), deletion(model, images, found)
            random = randomisation(model, images, target, method, steps=STEPS)
            error = "" if found.error_percent is None else f", {whole.reason.split(' is ')[1].split(' % ')[0]} % off"
            yield (
                f"| {name} | {target.describe()} | {method} | {said(whole.passes)}{error} "
                f"| {said(removed.verdict.passes)}: {measured(removed.over_chance)} over random order, "
                f"{measured(removed.over_brightness)} over brightness "
                f"| {said(random.verdict.passes)}: {random.means[0]:.2f} after the first layer, "
                f"{random.means[-1]:.2f} after all |"
            )


def surrogate_rows(name: str, model: Any, splits: Splits) -> Iterator[str]:
    """Yield a row for each surrogate that says labels from codes."""
    fitted, test = splits.validation, splits.test.open()
    codes, held = model.encode(fitted.images), model.encode(test.images)
    for kind, size in SURROGATES:
        found = fit_surrogate(codes, fitted.labels, held, test.labels, kind, size)
        parts = "leaves" if kind == "tree" else f"weights, of {size} units"
        yield (
            f"| {name} | {kind} | {found.size:,} {parts} | {found.fidelity:.3f} | {found.fitted:.3f} "
            f"| {found.constant:.3f} |"
        )


def document(checked: list[str], surrogates: list[str]) -> str:
    """Return the document of all rows."""
    return "\n".join(
        [
            f"Checks of explanations on {PICTURES} test pictures of three shipped models; by `python -m benchmarks "
            "explanation`.",
            "",
            "- *sum*: the sum of a map is at most 1 % away from what it explains. Models have biases, and what these "
            "get is missing from LRP's maps: its share is the error shown.",
            "- *deletion*: the target falls faster than in random order and in order of brightness, by more than two "
            "standard errors over pictures. Points are percents of the target's mean size, mean along the curve.",
            "- *randomisation*: rank correlation of the map with that of the same model with shuffled weights is below "
            "0.5, by two standard errors over pictures, when all layers are shuffled.",
            "",
            HEAD,
            *checked,
            "",
            "Labels from codes, by surrogates:",
            "",
            SURROGATE_HEAD,
            *surrogates,
            "",
        ]
    )


def main() -> None:
    """Print a row as soon as it is there, and write the document."""
    checked, surrogates = list[str](), list[str]()
    print(HEAD, flush=True)
    for name, data in MODELS.items():
        model, splits = load_autoencoder(name), load_splits(data)
        for row in rows(name, model, splits):
            checked.append(row)
            print(row, flush=True)
        surrogates += surrogate_rows(name, model, splits)
    print("", SURROGATE_HEAD, *surrogates, sep="\n", flush=True)
    write_text(TABLE, document(checked, surrogates))


if __name__ == "__main__":
    main()
