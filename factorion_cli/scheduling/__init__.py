"""Where jobs run: in this process, in a local pool of processes, or on a Dask cluster that already runs."""

from factorion_cli.scheduling.choosing import scheduler
from factorion_cli.scheduling.cluster import dask_cluster
from factorion_cli.scheduling.local import LocalPool, available_cores, local_pool
from factorion_cli.scheduling.ordering import in_order
from factorion_cli.scheduling.stopping import Stop, stop_on_interrupt

__all__ = [
    "LocalPool",
    "Stop",
    "available_cores",
    "dask_cluster",
    "in_order",
    "local_pool",
    "scheduler",
    "stop_on_interrupt",
]
