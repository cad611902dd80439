"""Output folders that appear whole: filled under a hidden name, then moved into place. Knows no notebooks."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

__all__ = ["PendingFolder", "pending_folder", "point_latest"]


class PendingFolder:
    """A folder that is being filled; `path` is where, `publish` gives it its name."""

    def __init__(self, path: Path, name: str):
        self.path, self.name = path, name
        self.published: Path | None = None

    def publish(self, ending: str = "") -> Path:
        """Move the folder into place under the first free name: `name`, `name-2`, ... and the ending."""
        for number in count(1):
            suffix = f"-{number}" if number > 1 else ""
            target = self.path.parent / f"{self.name}{suffix}{ending}"
            if target.exists():
                continue
            try:
                self.path.rename(target)
            except OSError:
                if not target.exists():  # otherwise another run took the name in between
                    raise
                continue
            self.published = target
            return target
        raise AssertionError("counting ended")


@contextmanager
def pending_folder(parent: Path, name: str) -> Iterator[PendingFolder]:
    """A new hidden folder in `parent` (made if need be); what it holds is kept if the block raises.

    Names of the folder left behind end in `-failed` then, too: nothing of a long run is thrown away.
    """
    parent.mkdir(parents=True, exist_ok=True)
    folder = PendingFolder(Path(tempfile.mkdtemp(dir=parent, prefix=f".{name}.")), name)
    folder.path.chmod(0o755)  # mkdtemp makes folders that only their owner may read
    try:
        yield folder
    except BaseException:
        if folder.published is None:
            if any(folder.path.iterdir()):
                folder.publish("-failed")
            else:
                folder.path.rmdir()
        raise


def point_latest(parent: Path, name: str, target: Path) -> None:
    """Let `parent/name` lead to `target`: a link, or, where links are not allowed, a text file with its name."""
    temporary = parent / f".{name}.{os.getpid()}"
    with suppress(FileNotFoundError):
        temporary.unlink()
    try:
        temporary.symlink_to(target.name, target_is_directory=True)
        os.replace(temporary, parent / name)
    except OSError:
        with suppress(FileNotFoundError):
            temporary.unlink()
        temporary.write_text(target.name + "\n", encoding="utf-8")
        os.replace(temporary, parent / f"{name}.txt")
