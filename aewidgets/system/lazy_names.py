"""Names of a package that load their modules on first use (PEP 562). Loads none of them before that."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from aewidgets.system.extras import extras_in_words

__all__ = ["lazy_names"]


def lazy_names(package: str, names: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make the functions `__getattr__` and `__dir__` of a package whose names are loaded when they are asked for.

    The root package has a version of its own, because it must load no other module.

    Args:
        package: dotted name of the package, its `__name__`.
        names: public name -> dotted name of the module that defines it.
    """

    def load(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        with extras_in_words(f"{package}.{name}"):
            module = import_module(names[name])
        value = getattr(module, name)
        setattr(sys.modules[package], name, value)  # the second use costs nothing
        return value

    def listed() -> list[str]:
        return sorted({*vars(sys.modules[package]), *names})

    return load, listed
