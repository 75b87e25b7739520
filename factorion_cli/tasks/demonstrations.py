"""Building orders: a task's missing entities put back one by one, as a builder would.

Machines and chests come first, then the arms that serve them, then belts along their flow, then poles; within each the
nearest to what was put down last. What must wait for what is a partial order, and at every step whatever waits for
nothing any more would have been as good: a policy must not be punished for choosing it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from factorion_cli.factory import Entity, Factory
from factorion_cli.tasks.layout import Layout, analyse
from factorion_cli.tasks.removal import kind_of
from factorion_cli.tasks.task import PLAYED, MissingEntityTask

_STAGES = {"machine": 0, "chest": 0, "inserter": 1, "belt": 2, "underground": 2, "splitter": 2, "pole": 3}


@dataclass(frozen=True, slots=True)
class Demonstration:
    """One order in which a task is solved.

    Attributes:
        task: the task's id.
        family: the task's family.
        order: indices into the reference's entities, a permutation of what is missing.
        alternatives: for each step the other missing entities that would have been as good a next one, ascending.
    """

    task: str
    family: str
    order: tuple[int, ...]
    alternatives: tuple[tuple[int, ...], ...]


def demonstrate(task: MissingEntityTask, rng: np.random.Generator, layout: Layout | None = None) -> Demonstration:
    """The order in which a task's missing entities were built when it was played, else a builder's.

    `rng` chooses where the builder begins, `layout` is as for `building_order`.
    """
    if task.reference.metadata.get(PLAYED):
        order, alternatives = played_order(task.reference, task.missing, layout)
    else:
        order, alternatives = building_order(task.reference, task.missing, rng, layout)
    return Demonstration(task.id, task.family, order, alternatives)


def building_order(
    factory: Factory, missing: Sequence[int], rng: np.random.Generator, layout: Layout | None = None
) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """(order, alternatives) of a Demonstration, for `missing` entities of a complete factory.

    Args:
        factory: the reference.
        missing: indices into its entities.
        rng: chooses where the builder begins.
        layout: of the factory, where many tasks on one share it; None: worked out here.
    """
    waits = _acyclic(_waits(layout or analyse(factory), frozenset(missing)))
    stages = {index: stage_of(factory.entities[index]) for index in missing}
    left = sorted(missing)
    order: list[int] = []
    alternatives: list[tuple[int, ...]] = []
    while left:
        free = [index for index in left if waits[index].isdisjoint(left)]
        chosen = _next(factory, free, stages, order[-1] if order else None, rng)
        order.append(chosen)
        alternatives.append(tuple(index for index in free if index != chosen))
        left.remove(chosen)
    return tuple(order), tuple(alternatives)


def played_order(
    factory: Factory, missing: Sequence[int], layout: Layout | None = None
) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """(order, alternatives) of a Demonstration, for a factory whose entities stand in the order of building."""
    waits = _acyclic(_waits(layout or analyse(factory), frozenset(missing)))
    order = tuple(sorted(missing))
    alternatives = [
        tuple(index for index in order[step + 1 :] if waits[index].isdisjoint(order[step:]))
        for step in range(len(order))
    ]
    return order, tuple(alternatives)


def _next(
    factory: Factory, free: Sequence[int], stages: Mapping[int, int], last: int | None, rng: np.random.Generator
) -> int:
    """Of the earliest stage the nearest to the last one placed; the first of all is drawn."""
    first = min(stages[index] for index in free)
    stage = [index for index in free if stages[index] == first]
    if last is None:
        return stage[int(rng.integers(len(stage)))]
    return min(stage, key=lambda index: (_distance(factory.entities[index], factory.entities[last]), index))


def stage_of(entity: Entity) -> int:
    """When a builder gets to it: 0 machines and chests, 1 arms, 2 what is made of belts, 3 poles, 4 all else."""
    return _STAGES.get(kind_of(entity) or "", len(_STAGES))


def _distance(one: Entity, other: Entity) -> int:
    return abs(one.x - other.x) + abs(one.y - other.y)


def _waits(layout: Layout, missing: frozenset[int]) -> dict[int, set[int]]:
    """For each missing entity the missing ones that a builder puts down before it."""
    waits: dict[int, set[int]] = {index: set() for index in sorted(missing)}
    for arm in layout.arms:
        if arm.entity in missing:
            ends = {end for end in (arm.pickup, arm.drop) if end is not None and not layout.is_belt(end)}
            waits[arm.entity] |= ends & missing
    for feeder, links in layout.links.items():
        if feeder in missing:
            for link in links:
                if link.target in missing and link.target != feeder:
                    waits[link.target].add(feeder)
    return waits


def _acyclic(waits: Mapping[int, set[int]]) -> dict[int, set[int]]:
    """The same less what closes a loop, such as the belt that a ring of belts comes back to."""
    kept: dict[int, set[int]] = {index: set() for index in waits}
    settled: set[int] = set()
    for root in waits:
        path: list[tuple[int, list[int]]] = [] if root in settled else [(root, sorted(waits[root]))]
        on_path = {index for index, _ in path}
        while path:
            index, todo = path[-1]
            if not todo:
                path.pop()
                on_path.discard(index)
                settled.add(index)
                continue
            before = todo.pop()
            if before in on_path:
                continue
            kept[index].add(before)
            if before not in settled:
                path.append((before, sorted(waits[before])))
                on_path.add(before)
    return kept
