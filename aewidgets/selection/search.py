"""Search of the best parameters of a family by cross-validation; resumes, and opens the test pictures once, at the end.

One file is written for each fit as it ends, whole, so that a search that is killed loses no fit that has ended.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from aewidgets.selection.estimator import AutoencoderEstimator
from aewidgets.selection.fits import Asked, Fit, fit_once, fold_splits, is_result, splits_of
from aewidgets.selection.results import Candidate, compared, row_of
from aewidgets.selection.winners import Trial, check_rival
from aewidgets.system.interrupts import terminate_as_interrupt
from aewidgets.system.locks import file_lock
from aewidgets.system.spreading import ItemResult, spread
from aewidgets.system.writing import write_text
from aewidgets.training.autoencoders import pca_error

__all__ = ["SearchError", "run_search"]

FACTOR = 3  # of halving: a round keeps a third of the candidates and trains them three times as long
FINALISTS = 2  # candidates of the last round, at least: a lead needs a second
_REFUSED = ("family", "metric", "seed")

Progress = Callable[[int, int, str], None]


class SearchError(ValueError):
    """Parameters that a search cannot try; the message names the candidates and says what is wrong with them."""


def run_search(
    family: str,
    points: Sequence[Mapping[str, Any]],
    data: str,
    out: Path | str,
    *,
    size: int | None = None,
    limit: int | None = None,
    sample: int | None = None,
    folds: int = 5,
    seeds: int = 3,
    metric: str = "mse",
    random: int | None = None,
    halving: bool = False,
    scheduler: str | None = None,
    workers: int | None = None,
    rival: str | None = None,
    command: str = "",
    progress: Progress | None = None,
    on_failure: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Try parameters on all folds with several seeds, train the winner, and measure it once on the test pictures.

    Folds are cut from the training and validation pictures together, by `PictureKFold`. The winner has the best mean
    score; it is trained on the training pictures, its best epoch found on the validation pictures, as `aewidgets train`
    does. The same call resumes a search: fits that have ended are read from `out`.

    Args:
        family: family of the autoencoder.
        points: parameters of `AutoencoderEstimator`, a dictionary for each candidate.
        data: name of a data set, or a folder.
        out: folder of the results: fits/, search.json, and the winner's weights and card.
        size: side that pictures are cropped and resized to.
        limit: largest number of pictures in each part.
        sample: largest number of pictures that the folds are cut from; the winner is trained on all.
        folds: number of folds.
        seeds: number of seeds that each candidate is trained with on each fold: 1, 2, ...
        metric: score by which the winner is chosen, see `AutoencoderEstimator`.
        random: try at most this many of the points, drawn by a fixed seed; all if None.
        halving: begin with a few epochs and one seed, and keep the best third of the candidates round by round, two at
            least; the last round trains for all epochs, with all seeds (successive halving, Jamieson and Talwalkar
            2016, arXiv:1502.07943).
        scheduler: address of a Dask cluster.
        workers: number of processes on this machine; None fits in this process, one after another.
        rival: trained weights that the winner is compared with on the test pictures, picture by picture: a name that
            `aewidgets models` lists, or the path of a card.
        command: command line, for the winner's card.
        progress: called with (fits that have ended, fits in all, what is going on).
        on_failure: called with a sentence for each fit that fails.

    Returns:
        The content of search.json; "status" is "finished", "failed" where no candidate has all its fits, or
        "interrupted" after Ctrl-C.

    Raises:
        SearchError: for parameters that the family does not take.
        ValueError: for numbers out of range, or an unknown data set or family.
        LockedError: if another search writes into the folder.
        ClusterError: if there is no cluster, or it is lost.
        OSError: if a file cannot be read or written.
    """
    if folds < 2 or seeds < 1 or (random is not None and random < 1):
        raise ValueError(f"expected 2 folds, 1 seed and 1 candidate or more, got {folds}, {seeds} and {random}")
    if scheduler and workers:
        raise ValueError("a scheduler has workers of its own: give a scheduler or a number of workers, not both")
    asked = Asked.of(data, size, limit, folds, sample)
    splits = splits_of(asked)
    if rival:
        check_rival(rival, splits.image_shape)
    settings = _candidates(family, points, metric, random, splits.image_shape)
    fold_splits(asked, 0)  # pictures that make too few folds are refused before anything is written
    folder = Path(out)
    (folder / "fits").mkdir(parents=True, exist_ok=True)
    with file_lock(folder / ".lock"):
        search = _Search(folder, family, asked, splits.fingerprint, seeds, metric, progress, on_failure)
        status, test = "interrupted", None
        try:
            with terminate_as_interrupt():
                search.run(settings, halving, scheduler, workers)
                rows = search.rows()
                status = "failed"
                if rows and rows[0]["score"] is not None:
                    status = "interrupted"  # until the winner is trained
                    test = _tested(search, rows[0], Trial(folder, splits, rival, command))
                    status = "finished"
        except KeyboardInterrupt:
            pass
        record = search.record(status, test)
        write_text(folder / "search.json", json.dumps(record, indent=1))
    return record


class _Search:
    """The fits of a search and its folder."""

    def __init__(self, folder, family, asked, fingerprint, seeds, metric, progress, on_failure):
        self.folder: Path = folder
        self.family, self.asked, self.fingerprint = family, asked, fingerprint
        self.seeds, self.metric = tuple(range(1, seeds + 1)), metric
        self.progress: Progress = progress or (lambda done, total, what: None)
        self.on_failure: Callable[[str], None] = on_failure or (lambda words: None)
        self.candidates: dict[int, Candidate] = {}
        self.kept: set[str] = set()  # keys of fits that ended before, and in this call
        self.done: set[str] = set()
        self.failed = 0
        self._pca_errors: dict[int, float | None] = {}

    def run(self, settings: list[dict[str, Any]], halving: bool, scheduler: str | None, workers: int | None) -> None:
        """Run the rounds; a single one without halving."""
        left = dict(enumerate(settings, 1))
        rounds = 1 + int(math.log(len(left), FACTOR) + 1e-9) if halving and len(left) > 1 else 1
        for number in range(1, rounds + 1):
            shorter = FACTOR ** (rounds - number)
            seeds = self.seeds if number == rounds else self.seeds[:1]
            self._round(number, {n: _shortened(self.family, one, shorter) for n, one in left.items()}, seeds,
                        scheduler, workers)  # fmt: skip
            best = sorted(left, key=lambda n: (self.candidates[n].score is None, -(self.candidates[n].score or 0)))
            left = {n: left[n] for n in best[: max(FINALISTS, math.ceil(len(left) / FACTOR))]}

    def _round(self, number, left: dict[int, dict[str, Any]], seeds, scheduler, workers) -> None:
        """Run the fits of a round that have not ended before."""
        fits = {
            (n, fold, seed): Fit(self.family, settings, self.asked, self.fingerprint, fold, seed)
            for n, settings in left.items() for fold in range(self.asked.folds) for seed in seeds
        }  # fmt: skip
        results = {place: self._read(fit) for place, fit in fits.items()}
        todo = {fit.key: place for place, fit in fits.items() if results[place] is None}
        ended = len(fits) - len(todo)
        self.kept |= {fit.key for fit in fits.values()} - todo.keys() - self.done
        self._take(number, left, results)
        self.progress(ended, len(fits), f"round {number}")
        with closing(_ended([fits[place] for place in todo.values()], scheduler, workers)) as outcomes:
            for outcome in outcomes:
                place = todo[outcome.item.key]
                words = outcome.result.get("failure") if outcome.result else str(outcome.error)
                if words:
                    self.on_failure(f"candidate {place[0]}, fold {place[1] + 1}, seed {place[2]}: {words}")
                if outcome.result is None:
                    self.failed += 1
                else:
                    write_text(self._path(outcome.item), json.dumps(_story(outcome.item) | outcome.result, indent=1))
                    results[place] = outcome.result
                    self.done.add(outcome.item.key)
                ended += 1
                self._take(number, left, results)
                self.progress(ended, len(fits), f"candidate {place[0]}")

    def _take(self, number: int, left: Mapping[int, Mapping[str, Any]], results: Mapping) -> None:
        """Set the results that candidates have so far."""
        for n, settings in left.items():
            mine = {place[1:]: one for place, one in results.items() if place[0] == n}
            self.candidates[n] = Candidate(n, settings, number, mine)

    def _path(self, fit: Fit) -> Path:
        """Return the path of a fit's file."""
        return self.folder / "fits" / f"{fit.key}.json"

    def _read(self, fit: Fit) -> dict[str, Any] | None:
        """Return the result of a fit that has ended before, or None."""
        path = self._path(fit)
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError:
            found = None
        if not is_result(found):
            raise ValueError(f"{path}: expected the result of a fit as a search writes it; move it away")
        return found

    def rows(self) -> list[dict[str, Any]]:
        """Return the figures of all candidates, the best one first."""
        return compared([row_of(candidate) for candidate in self.candidates.values()])

    def record(self, status: str, test: dict[str, Any] | None) -> dict[str, Any]:
        """Return the content of search.json."""
        rows = self.rows()
        for row in rows:
            if row["score"] is not None and status != "interrupted":
                row["pca_mse"] = self._pca(row["code_values"])
        names = list(dict.fromkeys(name for row in rows for name in row["settings"]))
        varied = [n for n in names if len({repr(row["settings"].get(n)) for row in rows}) > 1]
        shared = {n: rows[0]["settings"].get(n) for n in names if n not in varied}
        return {
            "format": 1, "family": self.family, "data": self.asked.data, "fingerprint": self.fingerprint,
            "metric": self.metric, "folds": self.asked.folds, "seeds": len(self.seeds), "sample": self.asked.sample,
            "status": status,
            "written": datetime.now(UTC).isoformat(timespec="seconds"), "shared": shared, "varied": varied,
            "fits": len(self.kept | self.done), "fits_before": len(self.kept), "fits_failed": self.failed,
            "candidates": rows, "test": test,
        }  # fmt: skip

    def _pca(self, values: int) -> float | None:
        """Return the mean error over folds of as many principal components as a code has values."""
        if values not in self._pca_errors:
            errors = [pca_error(fold_splits(self.asked, fold), values) for fold in range(self.asked.folds)]
            known = [one for one in errors if one is not None]
            self._pca_errors[values] = float(np.mean(known)) if len(known) == len(errors) else None
        return self._pca_errors[values]


def _candidates(family, points, metric: str, random: int | None, image_shape) -> list[dict[str, Any]]:
    """Return the settings of each candidate once, after a model of each could be built."""
    wrong: list[str] = []
    found: dict[str, dict[str, Any]] = {}
    AutoencoderEstimator(family)  # an unknown family is one error, not one a point
    for number, point in enumerate(points, 1):
        try:
            for name in _REFUSED:
                if name in point:
                    raise ValueError(f"{name}: is not searched; it is given to the whole search")
            settings = json.loads(json.dumps(dict(point))) | {"metric": metric}  # as the files will hold them
            one = AutoencoderEstimator(family, **settings)
            one.check()
            found.setdefault(json.dumps(one.get_params(), sort_keys=True), settings)
        except (TypeError, ValueError) as error:
            wrong.append(f"point {number}: {error}")
    chosen = list(found.values())
    if random is not None and random < len(chosen):
        places = np.random.default_rng(0).permutation(len(chosen))[:random]
        chosen = [chosen[place] for place in sorted(places)]
    for settings in [] if wrong else chosen:
        try:
            AutoencoderEstimator(family, **settings).build(image_shape)
        except (TypeError, ValueError) as error:
            wrong.append(f"{settings}: {error}")
    if wrong:
        raise SearchError("\n".join([*wrong[:20], *([f"and {len(wrong) - 20} more"] if len(wrong) > 20 else [])]))
    if not chosen:
        raise SearchError("expected at least one point")
    return chosen


def _shortened(family: str, settings: Mapping[str, Any], shorter: int) -> dict[str, Any]:
    """Return settings with so much fewer epochs, at least one."""
    if shorter == 1:
        return dict(settings)
    epochs = AutoencoderEstimator(family, **settings).epochs
    return {**settings, "epochs": max(1, round(epochs / shorter))}


def _ended(
    fits: list[Fit], scheduler: str | None, workers: int | None
) -> Generator[ItemResult[Fit, dict[str, Any]], None, None]:
    """Yield each fit with its result as it ends: from a cluster, from other processes, or from this one."""
    if fits and (scheduler or workers):
        yield from spread(fit_once, fits, scheduler=scheduler, workers=workers, one_at_a_time=True)
        return
    for fit in fits:
        try:
            outcome: ItemResult[Fit, dict[str, Any]] = ItemResult(fit, fit_once(fit), None)
        except Exception as error:  # a fit that fails does not stop the others
            outcome = ItemResult(fit, None, error)
        yield outcome


def _story(fit: Fit) -> dict[str, Any]:
    """Return what a fit's file says of the fit beside its result."""
    facts = {"family": fit.family, "settings": dict(fit.settings), "fold": fit.fold, "seed": fit.seed}
    return {"fit": facts | {"data": fit.asked.data, "folds": fit.asked.folds, "fingerprint": fit.fingerprint}}


def _tested(search: _Search, row: Mapping[str, Any], trial: Trial) -> dict[str, Any]:
    """Train and measure the winner, whatever the folds were that chose it."""
    asked = replace(search.asked, folds=0, sample=None)
    fit = Fit(search.family, row["settings"], asked, search.fingerprint, -1, search.seeds[0])
    return trial.run(fit, row["score"], search.progress) | {"number": row["number"]}
