"""Dask clusters: processes on this machine, or a scheduler by its address; checks that they are alive. Runs no work."""

from __future__ import annotations

import time
from contextlib import ExitStack
from importlib import metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["ClusterError", "ClusterLostError", "check_sendable", "local_client", "patient", "remote_client"]

_CONNECTING = 10.0  # seconds that a scheduler may take to answer
_FIRST_WORKER = 30.0  # seconds that a cluster may take to have a worker
_PATIENCE = 120.0  # seconds without a worker later on, long enough to restart one


class ClusterError(RuntimeError):
    """A cluster that cannot be reached or used; the message says why, and what to do."""


class ClusterLostError(ClusterError):
    """A cluster that was lost during the work; finished items stay finished."""


def local_client(stack: ExitStack, count: int) -> Client:
    """Start worker processes on this machine, and return their client; `stack` ends both.

    The scheduler reports a worker's death at once (`allowed_failures`): the engine counts deaths itself.
    """
    import logging

    from distributed import Client, LocalCluster

    cluster = LocalCluster(
        n_workers=count,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",  # None would mean port 8787
        memory_limit=0,  # Dask would stop processes by its own measure, of half the machine for each of two
        silence_logs=logging.CRITICAL + 1,
        scheduler_kwargs={"allowed_failures": 0, "dashboard": False},
    )
    stack.callback(cluster.close, timeout=5)
    return stack.enter_context(Client(cluster, set_as_default=False))


def remote_client(stack: ExitStack, address: str) -> Client:
    """Connect to a cluster whose workers have the same version of aewidgets, and return its client.

    Raises:
        ClusterError: where no scheduler answers, it has no workers, or they have another aewidgets or none.
    """
    from distributed import Client

    try:
        client = stack.enter_context(Client(address, timeout=_CONNECTING, set_as_default=False))
    except (OSError, ValueError) as error:  # TimeoutError is an OSError
        said = str(error).partition("\n")[0]
        raise ClusterError(f"no Dask scheduler answers at {address}: {said}; start one with `dask scheduler`") from None
    try:
        client.wait_for_workers(1, timeout=_FIRST_WORKER)
    except TimeoutError:
        raise ClusterError(f"{address} has no workers; start some with `dask worker {address} --nthreads 1`") from None
    # A function of the standard library: one of aewidgets could not be called where aewidgets is missing.
    versions = client.run(metadata.version, "aewidgets", on_error="return")
    here = _installed()
    for worker, version in versions.items():
        if isinstance(version, Exception):
            raise ClusterError(f"the worker {worker} has no aewidgets ({version}); install {here} there")
        if version != here:
            raise ClusterError(f"the worker {worker} has aewidgets {version}, this process {here}; install this one")
    return client


def _installed() -> str:
    """Return the version of aewidgets in this process."""
    return metadata.version("aewidgets")


def patient(client: Client, seen: float) -> float:
    """Return the last time at which the cluster had a worker.

    Args:
        client: client of the cluster.
        seen: the last such time so far, by `time.monotonic()`.

    Raises:
        ClusterLostError: when that is more than `_PATIENCE` seconds ago, or the scheduler does not answer.
    """
    if client.status not in ("running", "connecting"):
        raise ClusterLostError("the scheduler is gone; finished items are kept, give the command again")
    try:
        count = len(client.nthreads())
    except (OSError, RuntimeError) as error:
        raise ClusterLostError(f"the scheduler does not answer any more: {error}") from None
    if count:
        return time.monotonic()
    if time.monotonic() - seen > _PATIENCE:
        since = f"{_PATIENCE:.0f} s"
        raise ClusterLostError(f"the cluster has had no worker for {since}; start some, and give the command again")
    return seen


def check_sendable(thing: Any) -> None:
    """Check that an object can be sent to other processes: as Dask sends it where Dask is installed, else by pickle.

    Raises:
        Exception: of the object's own, or of pickle, where it cannot.
    """
    try:
        from distributed.protocol.pickle import dumps  # takes functions and classes of a notebook, too
    except ImportError:
        from pickle import dumps
    dumps(thing)
