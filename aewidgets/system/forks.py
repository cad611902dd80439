"""Refusal to use Keras in a forked process whose parent has used it: it would wait for the parent's threads."""

from __future__ import annotations

import os
import sys

__all__ = ["check_not_forked"]

_HANGING = ("tensorflow", "jax")  # backends whose threads a fork does not take along
_user: int | None = None  # process that used Keras first, here or in the process that this one was forked from


def check_not_forked() -> None:
    """Note that this process uses Keras; to be called before a model is built or run.

    Raises:
        RuntimeError: in a process that was forked from one that has used Keras already, which says what to do.
    """
    global _user
    if _user is None:
        _user = os.getpid()
    keras = sys.modules.get("keras")
    backend = keras.backend.backend() if keras else ""
    if _user != os.getpid() and backend in _HANGING:
        raise RuntimeError(
            f"Keras (backend {backend}) was used in the process that this one was forked from, and would wait here for "
            "ever. Start processes anew: multiprocessing.get_context('spawn') or 'forkserver', for torch "
            "DataLoader(..., multiprocessing_context='spawn'); or use Keras (effort, denoise, a model) only after "
            "the fork. Encoding without effort and decoding work in forked processes"
        )
