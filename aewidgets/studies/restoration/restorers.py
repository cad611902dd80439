"""Comparison of restorers: every method on the same corrupted pictures. No drawing.

Each picture is corrupted by a named corruption, seeded afresh, and rounded to 8 bits, as files of pictures are, before
any method sees it; PSNR and SSIM are of results rounded to 8 bits. For inpainting they are of the whole picture, as
published figures are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aewidgets.images.arrays import to_float, to_uint8
from aewidgets.restoration.corruptions import Corrupted, corrupt
from aewidgets.restoration.own_methods import OwnMethod
from aewidgets.restoration.restoring import LEARNED, restore, restoring_methods
from aewidgets.studies.restoration.denoisers import Measured, fidelity
from aewidgets.studies.restoration.methods import OwnMethods
from aewidgets.system.brief import shown_briefly

__all__ = ["CASES", "CORRUPTED", "Case", "Restoration", "compare_restorers"]

CORRUPTED = "corrupted"


@shown_briefly
@dataclass(frozen=True)
class Case:
    """A way of corrupting pictures, and the task that undoes it. All methods are given the kernel of a blur.

    Attributes:
        task: a task of `aewidgets.restoration.network_inputs.TASKS`.
        corruption: corruption and strength, as `aewidgets.restoration.corruptions.parse_steps` takes them.
    """

    task: str
    corruption: str


#: Cases of the published tables of this project.
CASES = (
    Case("jpeg", "jpeg:10"),
    Case("jpeg", "jpeg:20"),
    Case("jpeg", "jpeg:40"),
    Case("blur", "blur:1.6+gaussian:2"),
    Case("blur", "blur:2.5+gaussian:2"),
    Case("blur", "motion:9,angle=30+gaussian:2"),
    Case("inpainting", "missing:0.5"),
    Case("inpainting", "missing:0.8"),
    Case("inpainting", "holes:24,count=8"),
    Case("low-light", "low-light:0.2"),
    Case("low-light", "low-light:0.06"),
)


@shown_briefly
@dataclass(frozen=True, kw_only=True)
class Restoration(Measured):
    """One method on one case.

    Attributes:
        task, corruption: fields of the case.
        method: name of the method; "corrupted" is the corrupted picture itself.
    """

    task: str
    corruption: str
    method: str


def compare_restorers(
    images: Iterable[np.ndarray],
    cases: Sequence[Case] = CASES,
    methods: Sequence[Any] | None = None,
    seed: int = 0,
    network: Any = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> list[Restoration]:
    """Measure every method on every case that it can restore; the corrupted pictures themselves first.

    Args:
        images: uint8 (h, w) or (h, w, 3).
        cases: corruptions and their tasks.
        methods: names of methods, and methods of your own as `aewidgets.restore` takes them; all names of each task if
            None.
        seed: seed of the corruption of every picture.
        network: network for "learned", in place of the shipped one.
        progress: called with (results there are, results there will be, what is next).
    """
    pictures, results = list(images), list[Restoration]()
    wanted = {case: restoring_methods(case.task, network) for case in cases}
    own = OwnMethods()
    asked = None if methods is None else [m if isinstance(m, str) else own.take(m) for m in methods]
    able = {case: [m for m in names if asked is None or m in asked] for case, names in wanted.items()}
    for case, names in able.items():
        names += [of.name for of in own if of.does(case.task)]
    total = sum(1 + len(names) for names in able.values())
    for case, names in able.items():
        corrupted = [_in_8_bits(corrupt(picture, case.corruption, seed=seed)) for picture in pictures]
        for name in (CORRUPTED, *names):
            if progress:
                progress(len(results), total, f"{name}: {case.corruption}")
            results.append(_measure(case, own.named(name), pictures, corrupted, network))
    return results


def _in_8_bits(corrupted: Corrupted) -> Corrupted:
    """Return a corrupted picture clipped and rounded to 8 bits, float32 in units of [0, 1]."""
    return corrupted._replace(image=to_float(to_uint8(np.clip(corrupted.image, 0, 1))))


def _measure(
    case: Case, method: str | OwnMethod, pictures: list[np.ndarray], corrupted: list[Corrupted], network: Any
) -> Restoration:
    results, seconds = [], 0.0
    quality = _quality(case.corruption)
    for bad in corrupted:
        if method == CORRUPTED:
            results.append(bad.image)
            continue
        facts: dict[str, Any] = {"mask": bad.mask, "psf": bad.psf, "quality": quality}
        if isinstance(method, OwnMethod):
            facts = {fact: value for fact, value in facts.items() if fact in (*method.facts, "mask")}
        done = restore(bad.image, case.task, method, network=network if method == LEARNED else None, **facts)
        results.append(done.image)
        seconds += done.seconds
    measured = fidelity(pictures, results, seconds)
    name = method.name if isinstance(method, OwnMethod) else method
    return Restoration(task=case.task, corruption=case.corruption, method=name, **measured)


def _quality(corruption: str) -> int | None:
    """Return the quality of a JPEG, which its file states; None for other corruptions."""
    return int(corruption.removeprefix("jpeg:")) if corruption.startswith("jpeg:") else None
