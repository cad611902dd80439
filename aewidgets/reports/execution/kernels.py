"""Kernels that are gone when a block ends, whatever ended it. Runs no cell.

jupyter_client asks a kernel to leave and kills it some seconds later, in code that an interrupt can break off.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from aewidgets.system.interrupts import on_interrupt

__all__ = ["Kernels", "kernels_that_end", "kill_kernels"]


class Kernel(NamedTuple):
    """A kernel's process group, to which belong the processes that its cells start, and the file with its keys."""

    group: int
    connection: Path


_RUNNING: list[Kernel] = []  # of all blocks


class Kernels:
    """The kernels that a block started.

    Attributes:
        manager: a class of kernel managers, for nbclient.
        started: all of them.
        ended: whether `end` was called.
    """

    def __init__(self) -> None:
        from jupyter_client.manager import AsyncKernelManager

        started = self.started = list[Kernel]()  # the class below has a `self` of its own
        self.ended = False

        class Noted(AsyncKernelManager):
            async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
                await super()._async_launch_kernel(kernel_cmd, **kw)
                group = getattr(self.provisioner, "pgid", None)
                if group and group != os.getpgrp():  # never our own
                    kernel = Kernel(group, Path(self.connection_file))
                    started.append(kernel)
                    _RUNNING.append(kernel)

        self.manager = Noted

    def end(self) -> None:
        """Kill them, and what their cells started; KeyboardInterrupt if there is none that could be noticed dead."""
        self.ended = True
        if not self.started:
            raise KeyboardInterrupt
        self.kill()

    def kill(self) -> None:
        """Kill what is left of them."""
        _kill(self.started)


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
        for kernel in kernels.started:
            with suppress(ValueError):  # another thread was first
                _RUNNING.remove(kernel)


def kill_kernels() -> None:
    """Kill the kernels of all blocks of this process: for one that ends at once, without leaving its blocks."""
    _kill(list(_RUNNING))


def _kill(kernels: list[Kernel]) -> None:
    """jupyter_client takes the files away, too, where nothing breaks it off."""
    for kernel in kernels:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(kernel.group, signal.SIGKILL)
        with suppress(OSError):
            kernel.connection.unlink()
