"""Which types of entities the API's subclass names mean ("CraftingMachine": members that only those have)."""

from __future__ import annotations

from functools import lru_cache

SUBCLASSES: dict[str, frozenset[str]] = {
    name: frozenset(types.split())
    for name, types in {
        "AssemblingMachine": "assembling-machine rocket-silo",
        "Beacon": "beacon",
        "Character": "character",
        "Container": "container infinity-container logistic-container",
        "CraftingMachine": "assembling-machine furnace rocket-silo",
        "ElectricPole": "electric-pole",
        "Furnace": "furnace",
        "Generator": "generator",
        "InfinityContainer": "infinity-container",
        "InfinityPipe": "infinity-pipe",
        "Inserter": "inserter",
        "ItemEntity": "item-entity",
        "Lab": "lab",
        "LaneSplitter": "lane-splitter",
        "LinkedBelt": "linked-belt",
        "Loader": "loader loader-1x1",
        "MiningDrill": "mining-drill",
        "OffshorePump": "offshore-pump",
        "Pump": "pump",
        "Reactor": "reactor",
        "ResourceEntity": "resource",
        "RocketSilo": "rocket-silo",
        "Splitter": "splitter",
        "TransportBelt": "transport-belt",
        "TransportBeltConnectable": "transport-belt underground-belt splitter lane-splitter loader "
        "loader-1x1 linked-belt",
        "Tree": "tree",
        "UndergroundBelt": "underground-belt",
        "Wall": "wall",
    }.items()
}
OPEN = frozenset({"EntityWithHealth", "EntityWithOwner", "UpdatableEntity", "FreezableEntity"})
"""Subclasses that hold nearly everything that is built: all but resources and items on the ground."""


@lru_cache(maxsize=4096)
def belongs(kind: str, subclasses: frozenset[str]) -> bool:
    """Whether an entity of a type has what these subclasses have.

    >>> belongs("furnace", frozenset({"CraftingMachine"})), belongs("inserter", frozenset({"CraftingMachine"}))
    (True, False)
    """
    if not subclasses or any(kind in SUBCLASSES.get(name, ()) for name in subclasses):
        return True
    return not OPEN.isdisjoint(subclasses) and kind not in ("resource", "item-entity")
