"""Dask clusters: processes on this machine, or one by its address; and whether it is still there. Runs nothing."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["ClusterError", "ClusterLostError", "local_client", "patient", "remote_client"]

_CONNECTING = 10.0  # seconds that a scheduler may take to answer
_FIRST_WORKER = 30.0  # seconds that a cluster may take to have a worker
_PATIENCE = 120.0  # seconds without any worker later on, in which one may be restarted


class ClusterError(RuntimeError):
    """A cluster that cannot be had: the message says why, and what to do."""


class ClusterLostError(ClusterError):
    """A cluster that is gone; what was finished before stays finished."""


def local_client(stack: ExitStack, count: int) -> Client:
    """Processes of our own. A death is told at once (allowed_failures), for here we count ourselves."""
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
    """A cluster of somebody's, whose workers have the aewidgets that is here."""
    import pydoc

    from distributed import Client

    import aewidgets

    try:
        client = stack.enter_context(Client(address, timeout=_CONNECTING, set_as_default=False))
    except (OSError, ValueError) as error:  # TimeoutError is an OSError
        said = str(error).partition("\n")[0]
        raise ClusterError(f"no Dask scheduler answers at {address}: {said}; start one with `dask scheduler`") from None
    try:
        client.wait_for_workers(1, timeout=_FIRST_WORKER)
    except TimeoutError:
        raise ClusterError(f"{address} has no workers; start some with `dask worker {address} --nthreads 1`") from None
    # A function of Python's own, since one of ours could not even be asked where aewidgets is missing.
    versions = client.run(pydoc.locate, "aewidgets.__version__", on_error="return")
    for worker, version in versions.items():
        if isinstance(version, Exception) or version is None:
            said = f" ({version})" if version else ""
            raise ClusterError(f"the worker {worker} has no aewidgets{said}; install the same one there as here")
        if version != aewidgets.__version__:
            raise ClusterError(f"the worker {worker} has aewidgets {version}, here is {aewidgets.__version__}")
    return client


def patient(client: Client, seen: float) -> float:
    """The time at which there was a worker last; ClusterLostError where that is too long ago, or nobody answers."""
    if client.status not in ("running", "connecting"):
        raise ClusterLostError("the scheduler is gone; what was finished is kept, give the command again")
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
