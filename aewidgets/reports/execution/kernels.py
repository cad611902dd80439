"""Kernels that are gone when a block ends, whatever ended it. Runs no cell.

jupyter_client asks a kernel to leave and kills it some seconds later, in code that an interrupt can break off.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from aewidgets.interrupts import on_interrupt

__all__ = ["Kernels", "kernels_that_end", "kill_kernels"]

_GROUPS: list[int] = []  # of all blocks that run


class Kernels:
    """The kernels that a block started, each of which leads a process group.

    Attributes:
        manager: a class of kernel managers, for nbclient.
        groups: their process groups, to which belong the processes that cells start.
        ended: whether `end` was called.
    """

    def __init__(self) -> None:
        from jupyter_client.manager import AsyncKernelManager

        groups = self.groups = list[int]()  # the class below has a `self` of its own
        self.ended = False

        class Noted(AsyncKernelManager):
            async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
                await super()._async_launch_kernel(kernel_cmd, **kw)
                group = getattr(self.provisioner, "pgid", None)
                if group and group != os.getpgrp():  # never our own
                    groups.append(group)
                    _GROUPS.append(group)

        self.manager = Noted

    def end(self) -> None:
        """Kill them, and what their cells started; KeyboardInterrupt if there is none that could be noticed dead."""
        self.ended = True
        if not self.groups:
            raise KeyboardInterrupt
        self.kill()

    def kill(self) -> None:
        """Kill what is left of them."""
        _kill(self.groups)


@contextmanager
def kernels_that_end() -> Iterator[Kernels]:
    """What kernels left running at the end of the block is killed; Ctrl-C and SIGTERM end them first.

    A KeyboardInterrupt in the middle of nbclient's loop would leave its tasks behind. It notices a dead kernel.
    """
    kernels = Kernels()
    try:
        with on_interrupt(kernels.end, (signal.SIGINT, signal.SIGTERM)):
            yield kernels
    finally:
        kernels.kill()
        for group in kernels.groups:
            with suppress(ValueError):  # another thread was first
                _GROUPS.remove(group)


def kill_kernels() -> None:
    """Kill the kernels of all blocks of this process: for one that ends at once, without leaving its blocks."""
    _kill(list(_GROUPS))


def _kill(groups: list[int]) -> None:
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
