"""The winner of a search, trained on all its pictures and measured on the test pictures, which nothing else opens."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from aewidgets.images.datasets import SPLITS
from aewidgets.models.pretrained import autoencoder_card, load_autoencoder, save_pretrained
from aewidgets.selection.fits import Fit
from aewidgets.selection.leads import paired_lead
from aewidgets.system.writing import write_text
from aewidgets.training.autoencoders import code_size, errors_of, train
from aewidgets.training.data.parts import Part, Splits

__all__ = ["Trial", "check_rival"]


def check_rival(name: str, image_shape: tuple[int, ...]) -> None:
    """Raise ValueError unless trained weights are for pictures of a shape.

    Raises:
        ValueError: for weights that are not known, or for other pictures.
        FileNotFoundError: for a path where no card is.
    """
    shape = autoencoder_card(name)["options"]["image_shape"]
    if any(side not in (None, mine) for side, mine in zip(shape, image_shape, strict=True)):
        raise ValueError(f"{name}: is for pictures of shape {tuple(shape)}, and these have {image_shape}")


@dataclass(frozen=True)
class Trial:
    """Training and test of a winner in the folder of its search.

    test.json in the folder keeps each opening of the test pictures: a winner is measured once, also when the search is
    resumed. A larger grid may have another winner, which opens the pictures once more.

    Attributes:
        folder: folder of the search.
        splits: the pictures in three parts.
        rival: trained weights that the winner is compared with, by name or as the path of a card; none if None.
        command: command line, for the winner's card.
    """

    folder: Path
    splits: Splits
    rival: str | None = None
    command: str = ""

    def run(self, fit: Fit, score: float, progress: Callable[[int, int, str], None]) -> dict[str, Any]:
        """Train a winner, or read its training; keep its weights as winner.npz and winner.json, and measure it.

        Args:
            fit: the winner's family, settings and seed.
            score: its mean score over the folds.
            progress: called once, before the training.

        Returns:
            "mse" on the test pictures and its "deviation" over pictures, "validation_mse", the number of "pictures",
            "opened", the number of winners so far, and "rival", the comparison, or None.

        Raises:
            KeyboardInterrupt: if the training is stopped.
        """
        estimator = fit.estimator()
        progress(0, 1, "the winner")
        model, recipe = estimator.build(self.splits.image_shape), estimator.recipe()
        record = train(model, self.splits, recipe, folder=self.folder / "winner" / fit.key)
        if record.reason == "stopped":
            raise KeyboardInterrupt
        figures = {"validation_mse": record.error, "code_size": code_size(model), "search_score": score}
        licence = SPLITS[self.splits.name].licence if self.splits.name in SPLITS else "yours"
        story = {
            "data": [{"name": self.splits.title, "licence": licence}], "seed": recipe.seed, "recipe": asdict(recipe),
            "epochs": len(record.epochs), "best": record.best, "seconds": round(record.seconds),
            "date": date.today().isoformat(), "command": self.command, "backend": record.backend,
        }  # fmt: skip
        weights = self.folder / "winner.npz"
        save_pretrained(model, weights, story | {"figures": figures})
        openings = self._openings()
        one = openings.get(fit.key)
        if one is None or (self.rival and (one["rival"] or {}).get("name") != self.rival):
            one = self._measured(weights.with_suffix(".json")) | {"validation_mse": record.error}
            openings[fit.key] = one
            write_text(self.folder / "test.json", json.dumps(openings, indent=1))
        save_pretrained(model, weights, story | {"figures": figures | {"test_mse": one["mse"]}})
        return one | {"opened": len(openings)}

    def _openings(self) -> dict[str, dict[str, Any]]:
        """Return the results on the test pictures so far, by the key of the winner."""
        path = self.folder / "test.json"
        if not path.exists():
            return {}
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            if all(np.isfinite(one["mse"]) and "rival" in one for one in found.values()):
                return found
        except (ValueError, AttributeError, TypeError, KeyError):
            pass
        raise ValueError(f"{path}: expected results on test pictures as a search writes them; move it away")

    def _measured(self, card: Path) -> dict[str, Any]:
        """Open the test pictures, and return the errors of a winner's weights on them, beside those of the rival."""
        part = self.splits.test.open()
        errors = errors_of(load_autoencoder(card), part)
        return {
            "mse": float(errors.mean()), "deviation": float(errors.std(ddof=1)) if len(errors) > 1 else None,
            "pictures": len(part), "date": date.today().isoformat(),
            "rival": _compared(self.rival, errors, part) if self.rival else None,
        }  # fmt: skip


def _compared(name: str, errors: np.ndarray, part: Part) -> dict[str, Any] | None:
    """Return how a rival does on the same pictures, and a paired t test over them; None for a single picture."""
    rival = load_autoencoder(name)
    theirs = errors_of(rival, part)
    if len(errors) < 2:
        return None
    lead = paired_lead((-errors).tolist(), (-theirs).tolist(), test_share=0)  # pictures are independent, folds are not
    return {
        "name": name, "mse": float(theirs.mean()), "code_values": code_size(rival), "parameters": rival.count_params(),
        "lead": lead.mean, "deviation": lead.deviation, "standard_error": lead.standard_error, "p": lead.p,
        "certain": lead.certain, "better": float(np.mean(errors < theirs)),
    }  # fmt: skip
