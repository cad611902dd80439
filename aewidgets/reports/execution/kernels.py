"""Ends kernels with the block that started them, however the block ends. Runs no cell.

jupyter_client asks a kernel to leave and kills it some seconds later, in code that an interrupt can break off.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from aewidgets.system.interrupts import on_interrupt

__all__ = ["Kernels", "kernels_that_end", "kill_kernels"]


class Kernel(NamedTuple):
    """A kernel's process group, which includes the processes that its cells start, and its connection file."""

    group: int
    connection: Path


_RUNNING: list[Kernel] = []  # the kernels of all blocks in this process


class Kernels:
    """The kernels that a block started.

    Args:
        environment: makes the environment of a kernel from that of this process; None for the same.

    Attributes:
        manager: class of kernel managers for nbclient; it notes every kernel that it starts.
        started: all kernels of this block.
        ended: whether `end` was called.
    """

    def __init__(self, environment: Callable[[Mapping[str, str]], Mapping[str, str]] | None = None) -> None:
        from jupyter_client.manager import AsyncKernelManager

        started = self.started = list[Kernel]()  # the class below has a `self` of its own
        self.ended = False

        class Noted(AsyncKernelManager):
            """A kernel manager that notes the process group of every kernel that it starts."""

            async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
                if environment:
                    kw["env"] = dict(environment(kw.get("env", os.environ)))
                await super()._async_launch_kernel(kernel_cmd, **kw)
                group = getattr(self.provisioner, "pgid", None)
                if group and group != os.getpgrp():  # never this process's own group
                    kernel = Kernel(group, Path(self.connection_file))
                    started.append(kernel)
                    _RUNNING.append(kernel)

        self.manager = Noted

    def end(self) -> None:
        """Kill the kernels and the processes of their cells; raise KeyboardInterrupt if none has started.

        nbclient notices a dead kernel and stops. Without a kernel only the exception stops it.
        """
        self.ended = True
        if not self.started:
            raise KeyboardInterrupt
        self.kill()

    def kill(self) -> None:
        """Kill the kernels that still run."""
        _kill(self.started)


@contextmanager
def kernels_that_end(
    environment: Callable[[Mapping[str, str]], Mapping[str, str]] | None = None,
) -> Iterator[Kernels]:
    """Kill at the end of the block whatever its kernels left running; Ctrl-C and SIGTERM kill the kernels at once.

    A KeyboardInterrupt in the middle of nbclient's loop would leave its tasks behind, so signals kill the kernels
    instead, which nbclient notices.

    Args:
        environment: see `Kernels`.
    """
    kernels = Kernels(environment)
    try:
        with on_interrupt(kernels.end, (signal.SIGINT, signal.SIGTERM)):
            yield kernels
    finally:
        kernels.kill()
        for kernel in kernels.started:
            with suppress(ValueError):  # another thread has removed it
                _RUNNING.remove(kernel)


def kill_kernels() -> None:
    """Kill the kernels of all blocks of this process, for a process that exits without leaving its blocks."""
    _kill(list(_RUNNING))


def _kill(kernels: list[Kernel]) -> None:
    """Kill process groups and remove their connection files, which jupyter_client does not do if interrupted."""
    for kernel in kernels:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(kernel.group, signal.SIGKILL)
        with suppress(OSError):
            kernel.connection.unlink()
