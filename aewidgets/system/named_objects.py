"""Objects of one's own by their names, as command lines give them: `module:object` or `file.py:object`."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["ObjectError", "is_object_name", "load_object"]

_FORM = "expected module:object, such as my_module:my_function, or path/to/file.py:object"


class ObjectError(ValueError):
    """Error for a name that leads to no object; the message says why."""


def is_object_name(text: str) -> bool:
    """Return whether a text has the form of an object's name: something before and something after its last colon."""
    place, _, name = text.rpartition(":")
    return bool(place.strip() and name.strip())


def load_object(text: str) -> Any:
    """Import an object by its name. The module's code runs, as with any import.

    Args:
        text: "module:object", the module importable from the current folder too; or "path/to/file.py:object". The
            object may be an attribute of another one, as in "module:settings.method".

    Raises:
        ObjectError: for a name of another form, a module or file that does not exist or cannot be run, whose own
            exception is its cause, and an object that the module does not have.
    """
    if not isinstance(text, str) or not is_object_name(text):
        raise ObjectError(f"{_FORM}, got {str(text)[:80]!r}")
    place, _, name = (part.strip() for part in text.rpartition(":"))
    found: Any = _file(Path(place)) if place.endswith(".py") else _module(place)
    for number, part in enumerate(name.split(".")):
        if not hasattr(found, part):
            where = ".".join(name.split(".")[:number]) or place
            own = [known for known in vars(found) if not known.startswith("_")] if hasattr(found, "__dict__") else []
            has = f"it has {', '.join(own[:8])}{', ...' if len(own) > 8 else ''}" if own else "it has no names"
            raise ObjectError(f"{text}: {where} has no {part!r}; {has}")
        found = getattr(found, part)
    return found


def _module(name: str) -> ModuleType:
    """Import a module by its dotted name, from the current folder too."""
    if not all(part.isidentifier() for part in name.split(".")):
        raise ObjectError(f"{_FORM}; {name!r} is neither the name of a module nor of a file that ends in .py")
    here = str(Path.cwd())
    added = here not in sys.path and "" not in sys.path
    if added:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except Exception as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name and f"{name}.".startswith(f"{error.name}.")
        if missing:
            words = f"no module is called {name!r}, neither installed nor in {here}"
            raise ObjectError(f"{words}; give a file as path/to/file.py:object") from error
        raise ObjectError(f"{name} cannot be imported: {type(error).__name__}: {error}") from error
    finally:
        if added and here in sys.path:
            sys.path.remove(here)


def _file(path: Path) -> ModuleType:
    """Run a file as a module of its own, once; modules beside it can be imported by it."""
    whole = path.expanduser().resolve()
    if not whole.is_file():
        raise ObjectError(f"{path}: no such file; its folder is taken from {Path.cwd()}")
    name = f"{whole.stem}_{hashlib.sha256(os.fsencode(whole)).hexdigest()[:8]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, whole)
    assert spec is not None and spec.loader is not None  # of a file that ends in .py
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # as an import does: classes are pickled by the name of their module
    folder = str(whole.parent)
    sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise ObjectError(f"{path} cannot be run: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(folder)
    return module
