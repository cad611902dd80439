"""Kernels that are gone when a block ends, whatever ended it. Runs no cell.

jupyter_client asks a kernel to leave and kills it some seconds later, in code that an interrupt can break off.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

__all__ = ["kernels_that_end", "kill_kernels"]

_GROUPS: list[int] = []  # of all blocks that run


@contextmanager
def kernels_that_end() -> Iterator[type]:
    """A class of kernel managers for nbclient; what its kernels left running at the end of the block is killed.

    Each kernel leads a process group of its own, to which belong the processes that its cells start.
    """
    from jupyter_client.manager import AsyncKernelManager

    groups: list[int] = []

    class Noted(AsyncKernelManager):
        async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
            await super()._async_launch_kernel(kernel_cmd, **kw)
            group = getattr(self.provisioner, "pgid", None)
            if group and group != os.getpgrp():  # never our own
                groups.append(group)
                _GROUPS.append(group)

    try:
        yield Noted
    finally:
        _kill(groups)


def kill_kernels() -> None:
    """Kill the kernels of all blocks of this process: for one that ends at once, without leaving its blocks."""
    _kill(list(_GROUPS))


def _kill(groups: list[int]) -> None:
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
        with suppress(ValueError):  # another thread was first
            _GROUPS.remove(group)
