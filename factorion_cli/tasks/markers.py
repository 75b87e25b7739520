"""The from-markers task: a rectangle with sources, sinks and what may be built there; the factory is to be found.

In a Factory file the endpoints are the markers, entities that stand there already stay, and the key `task` says the
rest (docs/formats.md, Tasks from markers):

    task:
      blocked: [[x, y, width, height], ...]   # rectangles where nothing may stand
      allowed: basic                          # or all, or a list of names of entities and of these sets
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from factorion_cli.errors import FactoryError
from factorion_cli.factory import Entity, Factory, Source
from factorion_cli.factory.footprints import standing_endpoints
from factorion_cli.factory.placement import check
from factorion_cli.prototypes import load_table
from factorion_cli.tasks.allowed import ALLOWED_SETS
from factorion_cli.tasks.bounds import throughput_bound
from factorion_cli.tasks.recipe_tree import leading_to, recipes_of, steps_to

TASK_KEY = "task"
_FIELDS = ("blocked", "allowed")
UNREACHABLE = -1
"""Depth of a task whose wanted item cannot be made of what its sources give."""


@dataclass(frozen=True, slots=True)
class MarkerTask:
    """One from-markers task.

    Attributes:
        factory: the rectangle with its endpoints; entities that stand there cannot be moved and may be used. Power of
            mode "poles" has to be laid; "unlimited" is everywhere.
        blocked: tiles where nothing may stand.
        allowed: names of the entities that may be built, sorted.
        bound: items per second into all sinks that no design can exceed (see `bounds`); 0 where there is no way.
        depth: crafting steps, one after another, from the sources to the wanted item, the most of any sink: 0 is
            transport only; UNREACHABLE where something cannot be made of what the sources give.
    """

    factory: Factory
    blocked: frozenset[tuple[int, int]]
    allowed: tuple[str, ...]
    bound: float
    depth: int

    @property
    def id(self) -> str:
        """The factory's id."""
        return self.factory.id

    def to_factory(self) -> Factory:
        """The task as a Factory file has it; `marker_task` gives the same task back."""
        named = next((name for name, names in ALLOWED_SETS.items() if self.allowed == names), None)
        task = {"blocked": _rectangles(self.blocked), "allowed": named or list(self.allowed)}
        return replace(self.factory, metadata={**self.factory.metadata, TASK_KEY: task})


def marker_task(factory: Factory) -> MarkerTask:
    """The task that a Factory describes; raises FactoryError, naming what is wrong, for one that describes none."""
    raw = factory.metadata.get(TASK_KEY, {})
    if not isinstance(raw, Mapping):
        _fail(factory, f"task is {raw!r}, expected a mapping of blocked and allowed")
    if unknown := sorted(set(raw) - set(_FIELDS), key=str):
        _fail(factory, f"task has an unknown key {unknown[0]!r}, expected {' or '.join(_FIELDS)}")
    blocked = _blocked(factory, raw.get("blocked"))
    allowed = _allowed(factory, raw.get("allowed", "all"))
    _check_markers(factory)
    _check_ground(factory, blocked)
    usable = [Entity(name) for name in allowed] + list(factory.entities)
    recipes = recipes_of(frozenset(entity.name for entity in usable))
    steps = steps_to((source.item for source in factory.sources), recipes)
    wanted = [sink.item for sink in factory.sinks if sink.item is not None]
    if any(item not in steps for item in wanted):
        return MarkerTask(factory, blocked, allowed, 0.0, UNREACHABLE)
    bound = throughput_bound(factory, blocked, usable, leading_to(wanted, recipes, steps))
    return MarkerTask(factory, blocked, allowed, bound, max(steps[item] for item in wanted))


def _fail(factory: Factory, problem: str) -> NoReturn:
    raise FactoryError(f"{factory.id}: {problem} (see docs/formats.md, Tasks from markers)")


def _blocked(factory: Factory, raw: Any) -> frozenset[tuple[int, int]]:
    if raw is not None and not isinstance(raw, (list, tuple)):
        _fail(factory, f"task blocked is {raw!r}, expected a list of [x, y, width, height]")
    for area in raw or ():
        if not isinstance(area, (list, tuple)) or len(area) != 4 or not all(type(part) is int for part in area):
            _fail(factory, f"task blocks {area!r}, expected [x, y, width, height] in whole tiles")
        x, y, width, height = area
        # Judged before it is written out tile by tile: a typing error must not cost the memory of a continent.
        if not (0 <= x < x + width <= factory.width and 0 <= y < y + height <= factory.height):
            _fail(factory, f"task blocks {list(area)}, which is not within {factory.width} x {factory.height}")
    return _tiles_of(raw)


def _allowed(factory: Factory, raw: Any) -> tuple[str, ...]:
    names = [raw] if isinstance(raw, str) else raw
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        _fail(factory, f"task allows {raw!r}, expected basic, all or a list of entities")
    known = load_table().entities
    allowed: set[str] = set()
    for name in names:
        if name not in ALLOWED_SETS and name not in known:
            _fail(factory, f"task allows {name!r}, which is neither a vanilla entity nor basic or all")
        allowed.update(ALLOWED_SETS.get(name, (name,)))
    return tuple(sorted(allowed))


def _check_markers(factory: Factory) -> None:
    if not factory.sources or not factory.sinks:
        _fail(factory, "needs a source and a sink, at least one of each, for a task")
    if factory.power.mode not in ("poles", "unlimited"):
        _fail(factory, f"power mode is {factory.power.mode}, expected poles (to be laid) or unlimited for a task")
    for sink in factory.sinks:
        if sink.kind == "output":
            _fail(factory, f"sink {sink.id} is of kind output, expected belt or chest for a task")
        if sink.item is None:
            _fail(factory, f"sink {sink.id} has no item, expected what is wanted there")
    ids = [endpoint.id for endpoint in standing_endpoints(factory)]
    if repeated := sorted({name for name in ids if ids.count(name) > 1}):
        _fail(factory, f"two endpoints are called {repeated[0]}, expected a name for each")
    for endpoint in standing_endpoints(factory):
        if not (0 <= endpoint.x < factory.width and 0 <= endpoint.y < factory.height):
            _fail(factory, f"endpoint {endpoint.id} at {endpoint.x},{endpoint.y} is outside of the rectangle")
        belt = load_table().entities.get(endpoint.belt)
        if endpoint.kind == "belt" and (belt is None or belt.type != "transport-belt"):
            _fail(factory, f"endpoint {endpoint.id} has belt {endpoint.belt!r}, expected a tier of transport belts")


def _check_ground(factory: Factory, blocked: frozenset[tuple[int, int]]) -> None:
    """That endpoints and entities stand where things may stand, and not on one another."""
    taken: dict[tuple[int, int], list[Any]] = {}
    for endpoint in standing_endpoints(factory):
        taken.setdefault((endpoint.x, endpoint.y), []).append(endpoint)
    for (x, y), ends in taken.items():
        if len(ends) > 1 and not _share_a_tile(ends):
            _fail(factory, f"endpoints {ends[0].id} and {ends[1].id} both stand at {x},{y}")
        if (x, y) in blocked:
            _fail(factory, f"endpoint {ends[0].id} stands on the blocked tile {x},{y}")
    built = replace(factory, entities=())
    for entity in factory.entities:
        if (problem := check(built, entity)) is not None:
            _fail(factory, problem)
        if on := blocked.intersection(entity.tiles()):
            _fail(factory, f"{entity.name} at {entity.x},{entity.y} stands on the blocked tile {min(on)}")
        built = built.adding(entity)


def _share_a_tile(ends: list[Any]) -> bool:
    """Whether endpoints on one tile are two sources of the same belt, one for each lane."""
    return (
        len(ends) == 2
        and all(isinstance(end, Source) and end.kind == "belt" for end in ends)
        and {end.lanes for end in ends} == {"left", "right"}
        and ends[0].direction == ends[1].direction
        and ends[0].belt == ends[1].belt
    )


def allowed_in(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of what a task's metadata says may be built, sorted; none where it says nothing, see `marker_task`."""
    raw = metadata.get(TASK_KEY)
    return () if raw is None else _allowed(Factory(1, 1), raw.get("allowed", "all"))


def blocked_in(metadata: Mapping[str, Any]) -> frozenset[tuple[int, int]]:
    """Tiles where a task's metadata says that nothing may stand; none where it says nothing, see `marker_task`."""
    raw = metadata.get(TASK_KEY)
    return frozenset() if raw is None else _tiles_of(raw.get("blocked"))


def _tiles_of(areas: Any) -> frozenset[tuple[int, int]]:
    return frozenset(
        (column, row)
        for x, y, width, height in areas or ()
        for row in range(y, y + height)
        for column in range(x, x + width)
    )


def _rectangles(tiles: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Tiles as rectangles that cover each once: runs along rows, and equal runs of rows below one another together."""
    left = set(tiles)
    found: list[list[int]] = []
    for x, y in sorted(left, key=lambda tile: (tile[1], tile[0])):
        if (x, y) not in left:
            continue
        width, height = 1, 1
        while (x + width, y) in left:
            width += 1
        while all((column, y + height) in left for column in range(x, x + width)):
            height += 1
        left -= {(column, row) for row in range(y, y + height) for column in range(x, x + width)}
        found.append([x, y, width, height])
    return found
