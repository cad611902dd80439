"""Data of an inspector for a page without a kernel: some pictures, some targets, all that is known of them."""

from __future__ import annotations

from typing import Any

from aewidgets.studies.explanation.targets import Target
from aewidgets.widgets.base.room import evenly, html_bytes
from aewidgets.widgets.model_inspector.answers import checks_of, map_answer, picture_answer, surrogate_answer
from aewidgets.widgets.model_inspector.asking import Asked, Question, methods_of, target_to
from aewidgets.widgets.model_inspector.cache import InspectorCache

__all__ = ["offline"]

_TARGETS = 4
#: Pictures, and values of a layer's activations, from most to least.
_LADDER = ((6, 4096), (6, 2048), (4, 1024), (3, 1024), (2, 1024), (1, 1024), (1, 256), (1, 64))


def offline(cache: InspectorCache, asked: Question, names: Any, max_bytes: int) -> dict[str, Any]:
    """Return the data of a page, in at most `max_bytes` bytes of HTML; what is missing is computed.

    Targets are the one that is asked about, the whole error, and those looked at last whose maps have been checked.

    Raises:
        ValueError: where not even one picture fits.
    """
    targets = _targets(cache, asked)
    for target in targets:
        for check, method in list(cache.missing_checks(target, asked.rule)):
            cache.make_check(target, method, check)
    checks = [{"target": target_to(target), "checks": checks_of(cache, target, asked.rule)} for target in targets]
    surrogates = [surrogate_answer(cache, target, one, names) for target, one in _surrogates(cache, targets, asked)]
    fixed = html_bytes([checks, surrogates])
    for count, most in _LADDER:
        if fixed + count * html_bytes(_page_of(cache, asked, [asked.picture], targets, most)) > max_bytes:
            continue  # by the one that is looked at; only what fits is computed
        pictures = _pictures(cache, asked.picture, count)
        inside = _page_of(cache, asked, pictures, targets, most)
        if fixed + html_bytes(inside) <= max_bytes:
            offered = {
                "pictures": pictures,
                "targets": [{**target_to(target), "words": target.describe()} for target in targets],
                "methods": list(methods_of(asked.rule)),
            }
            traits = {"offered": offered, "frozen": _frozen(len(cache.images), pictures, targets)}
            return {"traits": traits, **inside, "checks": checks, "surrogates": surrogates}
    raise ValueError(f"expected room for one picture and its maps, got {max_bytes:,} bytes; allow more")


def _page_of(
    cache: InspectorCache, asked: Question, pictures: list[int], targets: list[Target], most: int
) -> dict[str, Any]:
    """Return pictures with what layers make of them, `most` values of each, and the maps of all targets."""
    return {
        "pictures": [{"picture": number, **picture_answer(cache, number, most)} for number in pictures],
        "maps": [map_answer(cache, asked._replace(picture=n, target=target)) for n in pictures for target in targets],
    }


def _targets(cache: InspectorCache, asked: Question) -> list[Target]:
    """List the targets of the page."""
    looked = [target for _, target in cache.looked_at() if not any(cache.missing_checks(target, asked.rule))]
    return list(dict.fromkeys([asked.target, Target.whole_error(), *looked]))[:_TARGETS]


def _pictures(cache: InspectorCache, first: int, count: int) -> list[int]:
    """List pictures of the page, in order: the one that is looked at, those looked at before, and others."""
    looked = [picture for picture, _ in cache.looked_at()]
    every = [first, *looked, *evenly(len(cache.images), count).tolist()]
    return sorted(list(dict.fromkeys(every))[:count])


def _surrogates(cache: InspectorCache, targets: list[Target], asked: Question) -> list[tuple[Target, Asked]]:
    """List the surrogates of the page: trees and linear models of the size that is asked for."""
    ofs = ["labels", "target"] if cache.labels is not None else ["target"]
    forms = [Asked(of, kind, asked.surrogate.size) for of in ofs for kind in ("tree", "linear")]
    return [(target, one) for one in forms for target in (targets if one.of == "target" else targets[:1])]


def _frozen(count: int, pictures: list[int], targets: list[Target]) -> str:
    """Describe what cannot be changed on a page without a kernel."""
    fixed = f"{len(pictures)} of {count:,} pictures and {len(targets)} targets are here, with their maps and checks"
    return f"No kernel: {fixed}. Others need the notebook."
