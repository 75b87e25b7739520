"""Which entities to take out of a working factory."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.placement import legal_directions

KINDS = ("belt", "underground", "splitter", "inserter", "machine", "pole", "chest")

_TYPE_KINDS = {
    "transport-belt": "belt",
    "underground-belt": "underground",
    "splitter": "splitter",
    "inserter": "inserter",
    "electric-pole": "pole",
    "container": "chest",
    "logistic-container": "chest",
}


def kind_of(entity: Entity) -> str | None:
    """One of `KINDS`, or None for what tasks never take out."""
    prototype = entity.prototype
    return "machine" if prototype.machine is not None else _TYPE_KINDS.get(prototype.type)


def is_expressible(entity: Entity) -> bool:
    """Whether one action can put the entity back exactly: at most a recipe or one filter, nothing else set."""
    plain = not entity.modules and not entity.beacons and entity.quality == "normal" and entity.stack_size is None
    unset = entity.filter is None and entity.input_priority is None and entity.output_priority is None
    return (
        plain
        and unset
        and len(entity.filters) <= 1
        and entity.level is None
        and entity.direction in legal_directions(entity.name)
    )


def eligible(factory: Factory) -> Mapping[str, tuple[int, ...]]:
    """Indices of the entities that may be taken out, by kind, in entity order; poles only where power needs them."""
    found: dict[str, list[int]] = {}
    for index, entity in enumerate(factory.entities):
        kind = kind_of(entity)
        idle = kind == "pole" and factory.power.mode != "poles"
        if kind is not None and not idle and is_expressible(entity):
            found.setdefault(kind, []).append(index)
    return {kind: tuple(found[kind]) for kind in KINDS if kind in found}


def take_out_one(factory: Factory, count: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Up to `count` different single entities, turn by turn from each kind, so that belts do not swamp the rest."""
    piles = [list(rng.permutation(indices)) for indices in eligible(factory).values()]
    chosen: list[tuple[int, ...]] = []
    while len(chosen) < count and any(piles):
        for pile in piles:
            if pile and len(chosen) < count:
                chosen.append((int(pile.pop()),))
    return chosen


def take_out_several(
    factory: Factory, count: int, rng: np.random.Generator, low: int = 2, high: int = 4
) -> list[tuple[int, ...]]:
    """Up to `count` different sets of `low` to `high` entities, the kind of each member drawn before the member."""
    piles = eligible(factory)
    total = sum(len(indices) for indices in piles.values())
    chosen: set[tuple[int, ...]] = set()
    for _ in range(count if total > low else 0):
        size = int(rng.integers(low, min(high, total - 1), endpoint=True))
        members: set[int] = set()
        while len(members) < size:
            kind = list(piles)[int(rng.integers(len(piles)))]
            members.add(int(rng.choice(piles[kind])))
        chosen.add(tuple(sorted(members)))
    return sorted(chosen)
