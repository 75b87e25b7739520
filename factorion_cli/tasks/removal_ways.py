"""The ways to take entities out of a working factory, from one at random to everything but the endpoints.

none     nothing; the builder holds a few entities that it does not need
one      one entity, kinds in turn
several  two to four, anywhere
cluster  three to eight that touch one another
path     a run of belts and undergrounds, each of which feeds the next
kind     all of one kind: all arms, all poles
all      everything but the endpoints
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from factorion_cli.factory import Factory
from factorion_cli.tasks.layout import Layout, Tile, analyse
from factorion_cli.tasks.removal import eligible, is_expressible, kind_of, take_out_one, take_out_several
from factorion_cli.tasks.task import Removal

CLUSTER_SIZES = (3, 8)
PATH_LENGTHS = (3, 24)
MOST_OF_A_KIND = 64
MOST_OF_ALL = 200
"""More missing entities than this make a task that no episode would finish."""
MOST_SPARE = 3


class TakenOut(NamedTuple):
    """What one way took: `missing` are indices into the factory's entities, ascending; `spare` are names, sorted."""

    removal: Removal
    missing: tuple[int, ...]
    spare: tuple[str, ...] = ()


def take_out(factory: Factory, counts: Mapping[Removal, int], rng: np.random.Generator) -> list[TakenOut]:
    """Up to `counts[way]` different removals by each way, in the order of REMOVALS; none is drawn twice.

    Args:
        factory: a complete factory with its endpoints.
        counts: how many removals to draw by each way; a way that is absent is not used.
        rng: decides everything that is drawn.
    """
    drawn: dict[tuple[tuple[int, ...], tuple[str, ...]], TakenOut] = {}
    for way, draw in _WAYS.items():
        if counts.get(way, 0):
            for taken in draw(factory, counts[way], rng):
                drawn.setdefault((taken.missing, taken.spare), taken)
    return list(drawn.values())


def _none(factory: Factory, count: int, rng: np.random.Generator) -> Iterator[TakenOut]:
    piles = eligible(factory)
    for _ in range(count if piles else 0):
        kinds = rng.integers(len(piles), size=int(rng.integers(1, MOST_SPARE, endpoint=True)))
        chosen = [int(rng.choice(piles[list(piles)[int(kind)]])) for kind in kinds]
        yield TakenOut("none", (), tuple(sorted(factory.entities[index].name for index in chosen)))


def _one(factory: Factory, count: int, rng: np.random.Generator) -> Iterator[TakenOut]:
    return (TakenOut("one", missing) for missing in take_out_one(factory, count, rng))


def _several(factory: Factory, count: int, rng: np.random.Generator) -> Iterator[TakenOut]:
    return (TakenOut("several", missing) for missing in take_out_several(factory, count, rng))


def _cluster(factory: Factory, count: int, rng: np.random.Generator) -> Iterator[TakenOut]:
    piles = eligible(factory)
    allowed = {index for indices in piles.values() for index in indices}
    low, high = CLUSTER_SIZES
    if len(allowed) <= low:
        return
    at = {tile: index for index in sorted(allowed) for tile in factory.entities[index].tiles()}
    for _ in range(count):
        kind = list(piles)[int(rng.integers(len(piles)))]
        size = int(rng.integers(low, min(high, len(allowed) - 1), endpoint=True))
        members = _grown(factory, int(rng.choice(piles[kind])), size, at, rng)
        if len(members) >= low:
            yield TakenOut("cluster", members)


def _grown(factory: Factory, seed: int, size: int, at: Mapping[Tile, int], rng: np.random.Generator) -> tuple[int, ...]:
    """Up to `size` entities that hang together by touching sides, `seed` among them."""
    members, frontier = {seed}, set(_touching(factory, seed, at))
    while frontier and len(members) < size:
        chosen = sorted(frontier)[int(rng.integers(len(frontier)))]
        members.add(chosen)
        frontier = (frontier | set(_touching(factory, chosen, at))) - members
    return tuple(sorted(members))


def _touching(factory: Factory, index: int, at: Mapping[Tile, int]) -> Iterator[int]:
    for x, y in factory.entities[index].tiles():
        for tile in ((x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)):
            if at.get(tile, index) != index:
                yield at[tile]


def _path(factory: Factory, count: int, rng: np.random.Generator) -> Iterator[TakenOut]:
    low, high = PATH_LENGTHS
    runs = [run for run in belt_runs(analyse(factory)) if len(run) >= low]
    for number in rng.permutation(len(runs))[:count]:
        run = runs[int(number)]
        first = int(rng.integers(max(1, len(run) - high + 1)))
        yield TakenOut("path", tuple(sorted(run[first : first + high])))


def belt_runs(layout: Layout) -> list[tuple[int, ...]]:
    """The longest runs of belts and undergrounds that nothing joins and nothing leaves, in the direction of travel."""
    plain = {index for kind in ("belt", "underground") for index in eligible(layout.factory).get(kind, ())}
    feeders: dict[int, int] = {}
    for links in layout.links.values():
        for link in links:
            feeders[link.target] = feeders.get(link.target, 0) + 1
    ahead = {
        index: links[0].target
        for index, links in layout.links.items()
        if index in plain and len(links) == 1 and links[0].target in plain and feeders[links[0].target] == 1
    }
    runs = []
    for start in sorted(plain - set(ahead.values())):
        run = [start]
        while run[-1] in ahead:
            run.append(ahead[run[-1]])
        runs.append(tuple(run))
    return runs


def _kind(factory: Factory, count: int, rng: np.random.Generator) -> Iterator[TakenOut]:
    piles = [indices for indices in eligible(factory).values() if 2 <= len(indices) <= MOST_OF_A_KIND]
    for number in rng.permutation(len(piles))[:count]:
        yield TakenOut("kind", piles[int(number)])


def _all(factory: Factory, count: int, rng: np.random.Generator) -> Iterator[TakenOut]:  # noqa: ARG001 - as the others
    """Only where an action can put back every entity, or the builder would not start from the endpoints alone."""
    entities = factory.entities
    expressible = all(kind_of(entity) is not None and is_expressible(entity) for entity in entities)
    if count and expressible and 2 <= len(entities) <= MOST_OF_ALL:
        yield TakenOut("all", tuple(range(len(entities))))


_WAYS: dict[Removal, Callable[[Factory, int, np.random.Generator], Iterator[TakenOut]]] = {
    "none": _none,
    "one": _one,
    "several": _several,
    "cluster": _cluster,
    "path": _path,
    "kind": _kind,
    "all": _all,
}
