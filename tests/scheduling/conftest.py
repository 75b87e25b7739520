"""Fixtures of the scheduling room's tests."""

from tests.dask_cluster import dask_address

__all__ = ["dask_address"]
