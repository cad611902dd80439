"""Does each method of explanation pass its checks? Three shipped autoencoders, two targets, and surrogates of codes.

`python -m benchmarks explanation` writes `benchmarks/explanation.md`. Maps are of test pictures; the unit of the code
that is explained is the one that varies most over validation pictures. Surrogates are fitted to codes of validation
pictures and measured on those of test pictures. Models without biases are trained here, on pictures to learn from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aewidgets.models.families import build_autoencoder
from aewidgets.models.pretrained import load_autoencoder
from aewidgets.studies import (
    Explanation,
    Target,
    Verdict,
    check_sum,
    deletion,
    explain,
    explanation_methods,
    fit_surrogate,
    randomisation,
)
from aewidgets.system.writing import write_text
from aewidgets.training.data.splits import Splits, load_splits

TABLE = Path(__file__).with_suffix(".md")
MODELS = {
    "mnist-convolutional-64": "mnist",
    "fashion-variational-16": "fashion-mnist",
    "cifar10-convolutional-64": "cifar10",
}
#: Models that are trained without biases, on MNIST: name -> family and options.
WITHOUT_BIASES: dict[str, tuple[str, dict[str, Any]]] = {
    "dense": ("dense", {"hidden": (128,), "output": "linear"}),
    "convolutional": ("convolutional", {"num_filters": 8, "output": "linear"}),
    "sparse, top-k": ("sparse", {"sparsity": "top-k", "k": 16, "latent_dim": 128, "output": "linear"}),
    "sparse, L1": ("sparse", {"sparsity": "l1", "latent_dim": 128, "output": "linear"}),
    "dense, sigmoid at the end": ("dense", {"hidden": (128,)}),
    "recurrent": ("recurrent", {"width": 32}),
}
LEARNT = 8000  # pictures from which these learn, in three epochs
PICTURES = 24  # test pictures whose maps are checked
STEPS, FEWER = 128, 32  # gradients of integrated gradients, and of those of random weights
LRP = ("lrp-epsilon", "lrp-gamma", "lrp-alpha-beta", "lrp-z-box")
SURROGATES = (("tree", 10), ("tree", 40), ("linear", 8), ("linear", 16))  # kind and largest size
SUM_HEAD = f"| model without biases | target | {' | '.join(LRP)} |\n| --- | --- {'| ---: ' * len(LRP)}|"
HEAD = "| model | target | method | sum | deletion | randomisation |\n| --- | --- | --- | --- | --- | --- |"
SURROGATE_HEAD = (
    "| model | surrogate | size | accuracy, held out | accuracy, fitted | constant |\n"
    "| --- | --- | --- | --- | --- | --- |"
)


@dataclass(frozen=True)
class Checked:
    """A method of explanation, checked: the verdicts, and the row of the table."""

    method: str
    target: Target
    verdicts: tuple[Verdict, Verdict, Verdict]
    row: str


def varying_unit(model: Any, splits: Splits) -> Target:
    """Return the unit of the code that varies most over a thousand validation pictures."""
    codes = model.encode(splits.validation.images[:1000])
    return Target.code_unit(int(codes.reshape(len(codes), -1).var(0).argmax()))


def without_biases(family: str, options: dict[str, Any], splits: Splits) -> Any:
    """Return a trained model whose biases stay zero."""
    import keras

    keras.utils.set_random_seed(0)
    model = build_autoencoder(family, splits.train.images.shape[1:], **({"latent_dim": 32} | options))
    for weight in (*model.encoder.weights, *model.decoder.weights):
        if weight.path.endswith("bias"):
            weight.trainable = False
    model.compile("adam", "mse")
    model.fit(splits.train.images[:LEARNT], batch_size=128, epochs=3, verbose=0)
    return model


def sum_rows(splits: Splits) -> Iterator[str]:
    """Yield a row for each model without biases and target: conservation errors in percent."""
    images = splits.test.open().images[:PICTURES]
    for name, (family, options) in WITHOUT_BIASES.items():
        model = without_biases(family, options, splits)
        for target in (varying_unit(model, splits), Target.whole_error()):
            methods = explanation_methods(model, target)
            cells = [
                percent(np.max(explain(model, images, target, rule).error_percent)) if rule in methods else "-"
                for rule in LRP
            ]
            yield f"| {name} | {target.describe()} | {' | '.join(cells)} |"


def said(passes: bool | None) -> str:
    """Return a verdict as a word."""
    return "-" if passes is None else "passes" if passes else "fails"


def percent(value: float) -> str:
    """Return a percentage, to two digits up to 10."""
    return "< 0.01" if value < 0.01 else f"{value:.2g}" if value < 10 else f"{value:.0f}"


def missing(found: Explanation, more: np.ndarray | float = 0.0) -> float:
    """Return the error of the sums with `more` added, over all pictures, in percent; as `check_sum` counts it."""
    explained = np.asarray(found.explained, "float64")
    away = np.abs(found.maps.sum((1, 2), dtype="float64") + more - explained)
    return float(100 * away.sum() / np.abs(explained).sum())


def measured(pair: tuple[float, float]) -> str:
    """Return a mean and its standard error in points."""
    return f"{100 * pair[0]:+.1f} ± {100 * pair[1]:.1f}"


def checks(name: str, model: Any, splits: Splits) -> Iterator[Checked]:
    """Yield the checks of each target and method."""
    images = splits.test.open().images[:PICTURES]
    for target in (varying_unit(model, splits), Target.whole_error()):
        for method in explanation_methods(model, target):
            found = explain(model, images, target, method, steps=STEPS)
            whole, removed = check_sum(found), deletion(model, images, found)
            random = randomisation(model, images, target, method, draws=1, steps=FEWER)
            off = ""
            if found.explained is not None:
                off = f": {percent(missing(found))} % off"
            if found.biases is not None:
                off += f", {percent(missing(found, found.biases))} % with biases"
            (mean, error), first = random.last, abs(random.means[0])
            row = (
                f"| {name} | {target.describe()} | {method} | {said(whole.passes)}{off} "
                f"| {said(removed.verdict.passes)}: {measured(removed.over_chance)} over random order, "
                f"{measured(removed.over_brightness)} over brightness "
                f"| {said(random.verdict.passes)}: {first:.2f} after one layer, {mean:.2f} ± {error:.2f} after all |"
            )
            yield Checked(method, target, (whole, removed.verdict, random.verdict), row)


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


def summary(checked: list[Checked]) -> Iterator[str]:
    """Yield a row for each method: how many of the models' targets it passes the checks for."""
    yield (
        "| method | sum | deletion, units | deletion, errors | randomisation, units | randomisation, errors |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: |"
    )
    for method in dict.fromkeys(one.method for one in checked):
        own = [one for one in checked if one.method == method]
        cells = []
        for check, error in ((0, None), (1, False), (1, True), (2, False), (2, True)):
            asked = [one.verdicts[check].passes for one in own if error in (None, one.target.is_error)]
            asked = [passes for passes in asked if passes is not None]
            cells.append(f"{sum(asked)} of {len(asked)}" if asked else "-")
        yield f"| {method} | {' | '.join(cells)} |"


def in_words(checked: list[Checked]) -> Iterator[str]:
    """Yield what the checks found, in sentences."""
    methods = list(dict.fromkeys(one.method for one in checked))

    def always(check: int, error: bool) -> set[str]:
        failed = {one.method for one in checked if one.target.is_error == error and not one.verdicts[check].passes}
        return set(methods) - failed

    for error, what in ((False, "Units of the code"), (True, "Errors")):
        both = [method for method in methods if method in always(1, error) & always(2, error)]
        neither = [method for method in methods if method not in always(1, error)]
        yield (
            f"- {what}: {', '.join(both) or 'no method'} passed deletion and randomisation on every model; what fell "
            f"no faster than by a rival on some model: {', '.join(neither) or 'none'}."
        )
    yield (
        "- A map that passes is not refuted, no more. One that fails deletion says no more, as far as this can tell, "
        "than chance or the brightness of the picture; one that fails randomisation shows the picture, not the model."
    )


def document(sums: list[str], checked: list[Checked], surrogates: list[str]) -> str:
    """Return the document of all rows."""
    return "\n".join(
        [
            f"Checks of explanations on {PICTURES} test pictures; by `python -m benchmarks explanation`.",
            "",
            "## What the checks say",
            "",
            "A map is a picture of numbers, and always looks like something. Three checks tell whether it says "
            "something of the model:",
            "",
            "- *sum*: a method that hands out parts of the target must hand out all of it. It passes if the sum of the "
            "map is at most 1 % away.",
            "- *deletion*: if the map is right, removing its largest pixels first makes the target fall fastest. It "
            "passes if the target falls faster than in random order, and than where the brightest pixels go first (an "
            "order that needs no model), by more than two standard errors over pictures. Points are percents of the "
            "target's mean size, mean along the curve.",
            "- *randomisation*: with the weights of all layers shuffled the model knows nothing, so the map must be "
            "another. It passes if the rank correlation of both maps, sign apart, is below 0.5 by two standard errors "
            "over pictures.",
            "",
            "Checks passed, of three models:",
            "",
            *summary(checked),
            "",
            *in_words(checked),
            "",
            "An *error* is an odd target for deletion: it is that of the changed picture, and single holes raise it, "
            "while a picture that is black all over may be easy to reconstruct. LRP's z-box rule counts what black "
            "pixels do, which taking pixels away to black cannot show.",
            "",
            "## Sums without biases",
            "",
            "Largest error of the sum over the pictures, in percent. Relevance that biases get is no pixel's, so the "
            f"models of this table have none; they learn from {LEARNT:,} pictures of MNIST. A sigmoid's value at zero, "
            "1/2, is a bias, too, and recurrent layers have no rule: these rows show what is missing then, and a dash "
            "where a rule does not apply.",
            "",
            SUM_HEAD,
            *sums,
            "",
            "## Shipped models",
            "",
            "They have biases. The error of a sum is that of all pictures together, and beside it that with the "
            "biases' part.",
            "",
            HEAD,
            *(one.row for one in checked),
            "",
            "## Surrogates",
            "",
            "Labels from codes, by small trees and linear models that are fitted to codes of validation pictures. What "
            "a surrogate gets wrong it does not explain: read its accuracy on held-out pictures beside a constant and "
            "beside its size.",
            "",
            SURROGATE_HEAD,
            *surrogates,
            "",
        ]
    )


def main() -> None:
    """Print a row as soon as it is there, and write the document."""
    sums, checked, surrogates = list[str](), list[Checked](), list[str]()
    print(SUM_HEAD, flush=True)
    for row in sum_rows(load_splits("mnist")):
        sums.append(row)
        print(row, flush=True)
    print(HEAD, flush=True)
    for name, data in MODELS.items():
        model, splits = load_autoencoder(name), load_splits(data)
        for one in checks(name, model, splits):
            checked.append(one)
            print(one.row, flush=True)
        surrogates += surrogate_rows(name, model, splits)
    print("", SURROGATE_HEAD, *surrogates, "", *summary(checked), *in_words(checked), sep="\n", flush=True)
    write_text(TABLE, document(sums, checked, surrogates))


if __name__ == "__main__":
    main()
