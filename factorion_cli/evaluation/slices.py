"""Which slices a task belongs to: all, its level, category, kind, what is missing and how it was chosen.

all                 every task
level-3             one entity missing; level-4: several
n-4                 of those of level 4: exactly so many are missing, up to four
kind-throughput     scored by the simulator; kind-structural: by exact match
removal-path        how several were chosen: here, as a run of belts
category-belts      what the design does
missing-inserter    tasks where at least one such entity is missing
belt-in-line        one plain belt tile is missing between a tile that feeds it and one that it feeds
"""

from __future__ import annotations

from collections.abc import Iterable

from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.geometry import DIRECTIONS, opposite, step
from factorion_cli.tasks import KINDS, MissingEntityTask, kind_of
from factorion_cli.tasks.task import LEVEL_SEVERAL_MISSING, Removal

ALL = "all"
BELT_IN_LINE = "belt-in-line"
MOST_COUNTED = 4
"""Tasks with more entities missing have no slice by number: of each number there are few."""
MISSING_KINDS = (*KINDS, "other")
WAYS_TO_REMOVE_SEVERAL: tuple[Removal, ...] = ("several", "cluster", "path", "kind")

_BELT_LIKE = ("belt", "underground", "splitter")
_ORDER = (ALL, "kind", "level", "n", "removal", "category", "missing", BELT_IN_LINE)


def entity_kind(entity: Entity) -> str:
    """One of MISSING_KINDS."""
    return kind_of(entity) or "other"


def missing_kinds(task: MissingEntityTask) -> tuple[str, ...]:
    """Kinds of the entities that were taken out, each once, in the order of MISSING_KINDS."""
    found = {entity_kind(entity) for entity in task.removed}
    return tuple(kind for kind in MISSING_KINDS if kind in found)


def _movers(factory: Factory) -> tuple[dict[tuple[int, int], int], set[tuple[int, int]]]:
    """Direction of travel by tile that hands items on above ground, and the tiles that take items from a belt."""
    gives: dict[tuple[int, int], int] = {}
    takes: set[tuple[int, int]] = set()
    for entity in factory.entities:
        if entity_kind(entity) not in _BELT_LIKE:
            continue
        for tile in entity.tiles():
            if entity.underground_type != "input":
                gives[tile] = entity.direction
            takes.add(tile)
    gives.update({(source.x, source.y): source.direction for source in factory.sources if source.kind == "belt"})
    takes.update((sink.x, sink.y) for sink in factory.sinks if sink.kind == "belt")
    return gives, takes


def is_belt_in_line(task: MissingEntityTask) -> bool:
    """Whether one plain belt tile is missing, which belts feed and which feeds a belt in turn."""
    if len(task.missing) != 1 or entity_kind(task.removed[0]) != "belt":
        return False
    belt = task.removed[0]
    gives, takes = _movers(task.reference)
    ahead = step(belt.x, belt.y, belt.direction)
    if ahead not in takes or gives.get(ahead) == opposite(belt.direction):
        return False
    sides = (side for side in DIRECTIONS if side != belt.direction)
    return any(gives.get(step(belt.x, belt.y, side)) == opposite(side) for side in sides)


def slices_of(task: MissingEntityTask) -> tuple[str, ...]:
    """Names of all slices that the task counts in."""
    names = [ALL, f"kind-{task.kind}", f"level-{task.level}", f"category-{task.category}"]
    if task.level == LEVEL_SEVERAL_MISSING and len(task.missing) <= MOST_COUNTED:
        names.append(f"n-{len(task.missing)}")
    if task.removal in WAYS_TO_REMOVE_SEVERAL:
        names.append(f"removal-{task.removal}")
    names += [f"missing-{kind}" for kind in missing_kinds(task)]
    if is_belt_in_line(task):
        names.append(BELT_IN_LINE)
    return tuple(names)


def sorted_slices(names: Iterable[str]) -> list[str]:
    """The names, each once, in the order in which reports list them."""

    def key(name: str) -> tuple[int, int, str]:
        group = name if name in _ORDER else name.partition("-")[0]
        kind = name.partition("-")[2]
        rank = MISSING_KINDS.index(kind) if group == "missing" and kind in MISSING_KINDS else 0
        rank = int(kind) if group == "n" else rank
        return _ORDER.index(group), rank, name

    return sorted(set(names), key=key)
