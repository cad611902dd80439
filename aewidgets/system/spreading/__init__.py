"""One function run on many items, by processes of this machine or a Dask cluster. Knows no images and no notebooks.

The workers of a cluster need the same version of aewidgets. Dask sends Python objects that its processes execute: trust
a scheduler's address as you would a shell on that machine, and use tls:// across machines.
"""

from aewidgets.system.spreading.clusters import ClusterError, ClusterLostError, check_sendable
from aewidgets.system.spreading.engine import ItemResult, spread
from aewidgets.system.spreading.workers import core_count, thread_caps, wanted

__all__ = [
    "ClusterError",
    "ClusterLostError",
    "ItemResult",
    "check_sendable",
    "core_count",
    "spread",
    "thread_caps",
    "wanted",
]
