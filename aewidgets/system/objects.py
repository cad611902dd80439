"""Python objects by a text, as a command line gives them: "module:object". It imports what it is given, and runs it."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import zlib
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["is_object_name", "load_object", "raised", "whole_text"]

_LONGEST = 300  # characters of somebody else's message


def is_object_name(text: str) -> bool:
    """Return whether a text has the form that `load_object` takes: something on either side of its last colon."""
    place, _, path = text.rpartition(":")
    return bool(place.strip() and path.strip())


def load_object(text: str) -> Any:
    """Import the object that a text names.

    The module, or the file, is executed: give only what you trust.

    Args:
        text: "module:object" for a module that is installed or lies in the current folder, or "folder/file.py:object";
            dots lead to attributes: "module:thing.part".

    Raises:
        ValueError: for a text of another form, a module or an object that is not there, and a module that fails while
            it is imported; the message says which, and the module's own error is its cause.
    """
    place, _, path = text.rpartition(":")
    parts = path.split(".")
    if not place or not all(part.isidentifier() for part in parts):
        raise ValueError(f"expected MODULE:OBJECT or FILE.py:OBJECT, such as my_codec:Mine, got {text!r}")
    module = _of_file(Path(place)) if place.endswith(".py") else _of_name(place)
    found: Any = module
    for part in parts:
        if not hasattr(found, part):
            near = get_close_matches(part, [name for name in dir(found) if not name.startswith("_")], n=1)
            where = f" ({module.__file__})" if getattr(module, "__file__", None) else ""
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"{place}{where} has no {part!r}{hint}")
        found = getattr(found, part)
    return found


def whole_text(text: str) -> str:
    """Return a text that `load_object` takes with the whole path of its file, for processes in other folders."""
    place, _, path = text.rpartition(":")
    return f"{Path(place).absolute()}:{path}" if place.endswith(".py") else text


def raised(error: BaseException) -> str:
    """Describe an error of somebody else's code: its type, and the beginning of its message."""
    words = str(error).strip()
    shown = words if len(words) <= _LONGEST else f"{words[:_LONGEST]}..."
    return f"{type(error).__name__}: {shown}" if shown else type(error).__name__


def _of_name(name: str) -> ModuleType:
    """Import a module by its name; the current folder is searched last, so that no file there hides a library."""
    _search(Path.cwd())
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise ValueError(f"{name}: importing it raised {raised(error)}") from error
        file = Path(f"{name.replace('.', os.sep)}.py")
        raise ValueError(
            f"no module is called {error.name!r}: looked among the installed packages and in {Path.cwd()}; "
            f"for a file elsewhere give its path, such as folder/{file.name}:OBJECT"
        ) from None
    except (Exception, SystemExit) as error:
        raise ValueError(f"{name}: importing it raised {raised(error)}") from error


def _of_file(path: Path) -> ModuleType:
    """Import a file, under a name of its own; files beside it can be imported by it."""
    path = path.absolute()
    if not path.is_file():
        raise ValueError(f"{path}: no such file; expected a Python file, as in FILE.py:OBJECT")
    _search(path.parent)
    name = f"_given_{path.stem}_{zlib.crc32(str(path).encode()):08x}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise ValueError(f"{path}: importing it raised {raised(error)}") from error
    return module


def _search(folder: Path) -> None:
    """Let modules be found in a folder, after all others."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
