"""What lies in the ground of an edited world, and what drills have left of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from factorion_cli.factory.factory import Resource
from factorion_cli.prototypes import RESOURCES
from factorion_cli.simulation.decisions import DRAIN_UNIT
from factorion_cli.simulation.drilling import ENDLESS, Tile
from factorion_cli.simulation.world.site import Site


def lay(site: Site, resources: Iterable[Resource]) -> None:
    """Let exactly this lie in the ground; drills look at what is under them again.

    Tiles that drills have reached before hold what is laid there now.
    """
    site.settle()
    site.base = replace(site.base, resources=tuple(resources))
    deposits = site.stations.deposits
    laid = _amounts(site.base.resources, deposits.at)
    for tile, index in deposits.at.items():
        amount = laid.get(tile, 0)
        units = ENDLESS if amount is None else amount * DRAIN_UNIT
        deposits.amounts[index] = units
        if index < site.tables.used.get("deposits", 0):
            site.tables.arrays.deposits[index] = units
    site.look_again(site.stations.drills)


def _amounts(resources: Iterable[Resource], tiles: Iterable[Tile]) -> dict[Tile, int | None]:
    """Pieces on each of these tiles; the first resource counts where several lie."""
    found: dict[Tile, int | None] = {}
    wanted = set(tiles)
    for resource in resources:
        x, y, width, height = resource.area
        covered = [(x, y)] if width == height == 1 else wanted
        for tile in covered:
            if tile in wanted and tile not in found and x <= tile[0] < x + width and y <= tile[1] < y + height:
                found[tile] = None if RESOURCES[resource.name].infinite else resource.amount
    return found


def left(site: Site, tile: Tile) -> int | None:
    """Pieces that are left on a tile that a drill reaches; None when none does, or when it is endless."""
    index = site.stations.deposits.at.get(tile)
    if index is None or index >= site.tables.used.get("deposits", 0):
        return None
    units = int(site.tables.arrays.deposits[index])
    return None if units == ENDLESS else -(-units // DRAIN_UNIT)


def exhausted(site: Site) -> list[Tile]:
    """Tiles in reach of drills where nothing is left."""
    deposits = site.stations.deposits.at
    used = site.tables.used.get("deposits", 0)
    empty = np.flatnonzero(site.tables.arrays.deposits[:used] <= 0)
    if not empty.size:
        return []
    tiles = list(deposits)  # in the order of their numbers
    return [tiles[index] for index in empty]
