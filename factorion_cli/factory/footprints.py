"""Which tiles things cover, as arrays: one row per covered tile instead of a Python loop over tiles."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from factorion_cli.arrays import LongArray
from factorion_cli.factory.entity import Sink, Source
from factorion_cli.factory.factory import Factory
from factorion_cli.prototypes import load_table


class CoveredTiles(NamedTuple):
    """N covered tiles, all (N,) int64: whose they are, where, and which part of the footprint (0 = top left)."""

    owner: LongArray
    x: LongArray
    y: LongArray
    part: LongArray


@lru_cache(maxsize=4096)
def size_of(name: str, direction: int) -> tuple[int, int]:
    """(width, height) of an entity as it stands; raises DataError for a modded name."""
    return load_table().entity(name).size(direction)


def cover(rectangles: LongArray) -> CoveredTiles:
    """Tiles of M rectangles, given as (M, 4) int64 rows of x, y, width, height; each row by row, in order."""
    x, y, width, height = rectangles.T
    counts = width * height
    owner = np.repeat(np.arange(len(rectangles)), counts)
    part = np.arange(owner.size) - np.repeat(np.cumsum(counts) - counts, counts)
    dy, dx = np.divmod(part, width[owner])
    return CoveredTiles(owner, x[owner] + dx, y[owner] + dy, part)


def standing_endpoints(factory: Factory) -> list[Source | Sink]:
    """Endpoints that take up a tile: all but the product counters of kind "output"."""
    endpoints: list[Source | Sink] = [*factory.sources, *factory.sinks]
    return [endpoint for endpoint in endpoints if endpoint.kind != "output"]


def rectangles(factory: Factory) -> LongArray:
    """(M, 4) int64: x, y, width, height of every entity in order, then of every standing endpoint."""
    rows: list[Sequence[int]] = [(e.x, e.y, *size_of(e.name, e.direction)) for e in factory.entities]
    rows += [(endpoint.x, endpoint.y, 1, 1) for endpoint in standing_endpoints(factory)]
    return np.array(rows, dtype=np.int64).reshape(-1, 4)
