"""One function on many items, on processes of this machine or on any Dask cluster. Knows no pictures and no notebooks.

A cluster's workers need the same aewidgets. Dask sends Python objects that its processes run: an address is as much
trusted as a shell on that machine; across machines use tls://.
"""

from aewidgets.system.spreading.clusters import ClusterError, ClusterLostError
from aewidgets.system.spreading.engine import ItemResult, spread
from aewidgets.system.spreading.workers import core_count, thread_caps, wanted

__all__ = ["ClusterError", "ClusterLostError", "ItemResult", "core_count", "spread", "thread_caps", "wanted"]
