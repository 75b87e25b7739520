"""Why no design whatever can solve a task: what can be brought nowhere, however it is built.

Each thing is looked at alone, as if nothing else stood in its way: belts to every neighbouring tile, undergrounds as
far as they reach, arms over whatever they reach over, machines wherever they fit, and what stands there already counts
as free ground. What finds no way then finds none in a design. The other way round nothing follows: what is possible
thing by thing may be impossible together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from factorion_cli.factory import Entity, Sink, Source
from factorion_cli.factory.footprints import size_of, standing_endpoints
from factorion_cli.factory.geometry import DIRECTIONS, step
from factorion_cli.prototypes import EntityPrototype, Recipe
from factorion_cli.tasks.markers import MarkerTask
from factorion_cli.tasks.recipe_tree import leading_to, recipes_of, steps_to

Tile = tuple[int, int]
_KNOWN = frozenset({
    "transport-belt", "underground-belt", "splitter", "inserter", "container", "assembling-machine", "furnace",
    "electric-pole", "beacon",
})  # fmt: skip
"""Types of entities whose ways are followed; nothing is proved where others, such as robots, may be built."""


@dataclass(frozen=True, slots=True)
class _Tools:
    """How far arms and undergrounds reach, in tiles, whether items can lie on anything, and the machines."""

    arms: tuple[int, ...]
    tunnel: int
    belts: bool
    machines: tuple[EntityPrototype, ...]


def impossible(task: MarkerTask) -> str:
    """Why no design can solve the task; "" where that is not known."""
    usable = [Entity(name).prototype for name in task.allowed] + [entity.prototype for entity in task.factory.entities]
    if any(entity.type not in _KNOWN for entity in usable):
        return ""
    is_dark = task.factory.power.mode == "poles" and all(entity.pole is None for entity in usable)
    site = _Site(task, [entity for entity in usable if not (is_dark and entity.electric)])
    site.settle()
    for sink in task.factory.sinks:
        if sink.item is not None and not site.fills(sink):
            return "nothing that gives power may be built" if is_dark else site.why_not(sink.item)
    return ""


class _Site:
    """Where each item can be had on the ground of a task."""

    def __init__(self, task: MarkerTask, usable: Sequence[EntityPrototype]) -> None:
        factory = task.factory
        recipes = recipes_of(frozenset(entity.name for entity in usable))
        wanted = [sink.item for sink in factory.sinks if sink.item is not None]
        levels = steps_to((source.item for source in factory.sources), recipes)
        self._recipes = leading_to(wanted, recipes, levels)
        self._tools = _tools(usable)
        every = {(x, y) for x in range(factory.width) for y in range(factory.height)}
        self._free = every - task.blocked - {(end.x, end.y) for end in standing_endpoints(factory)}
        # By item: tiles of belts on which it can lie, and all tiles from which an arm can take it.
        self._lying: dict[str, set[Tile]] = {}
        self._held: dict[str, set[Tile]] = {}
        for source in factory.sources:
            self._add_source(source)

    def settle(self) -> None:
        """Add what machines can make of what they can get, until there is no more."""
        waiting = list(self._recipes)
        while ready := [recipe for recipe in waiting if any(True for _ in self._places(recipe))]:
            waiting = [recipe for recipe in waiting if recipe not in ready]
            for recipe in ready:
                tiles = set().union(*self._places(recipe))
                for part in recipe.products:
                    self._spread(part.name, tiles, ())

    def fills(self, sink: Sink) -> bool:
        """Whether what a sink wants can be brought into it."""
        item, tile = sink.item or "", (sink.x, sink.y)
        if sink.kind == "belt":
            behind = {step(*tile, way) for way in DIRECTIONS if way != sink.direction}
            if behind & self._lying.get(item, set()):
                return True
        return tile in self._reached(self._held.get(item, set()))

    def why_not(self, item: str) -> str:
        """What stops an item on its way, or on the way to its machine."""
        if item in self._held:
            return f"nothing brings {item} to its sink"
        makers = [recipe for recipe in self._recipes if any(part.name == item for part in recipe.products)]
        for recipe in makers:
            for part in recipe.ingredients:
                if part.name not in self._held:
                    return self.why_not(part.name)
        if makers and not any(self._rooms(makers[0])):
            return f"no room for a machine that makes {item}"
        return f"no machine that makes {item} can be reached by all that it needs"

    def _add_source(self, source: Source) -> None:
        tile = (source.x, source.y)
        ahead = {step(*tile, source.direction)} & self._free if source.kind == "belt" and self._tools.belts else set()
        self._spread(source.item, {tile}, ahead)

    def _spread(self, item: str, held: Iterable[Tile], lying: Iterable[Tile]) -> None:
        """Note where an item can come from these tiles on, by belts, tunnels and arms."""
        lies, holds = self._lying.setdefault(item, set()), self._held.setdefault(item, set())
        fresh = set(held) - holds
        queue = [*lying, *(self._reached(fresh) & self._free if self._tools.belts else ())]
        holds |= fresh
        while queue:
            tile = queue.pop()
            if tile not in lies:
                lies.add(tile)
                holds.add(tile)
                queue += [*self._along(tile), *(self._reached((tile,)) & self._free)]

    def _along(self, tile: Tile) -> Iterator[Tile]:
        """Tiles to which a belt or a tunnel leads from a tile."""
        for way in DIRECTIONS:
            for steps in range(1, max(1, self._tools.tunnel) + 1):
                if (there := step(*tile, way, steps)) in self._free:
                    yield there

    def _reached(self, tiles: Iterable[Tile]) -> set[Tile]:
        """Tiles onto which arms can put what they take from these."""
        return {
            step(*tile, way, 2 * reach)
            for tile in tiles
            for way in DIRECTIONS
            for reach in self._tools.arms
            if step(*tile, way, reach) in self._free
        }

    def _rooms(self, recipe: Recipe) -> Iterator[set[Tile]]:
        """The tiles of every machine for a recipe that finds room."""
        sizes = {
            size_of(machine.name, 0)
            for machine in self._tools.machines
            if machine.machine is not None and not set(machine.machine.categories).isdisjoint(recipe.categories)
        }
        for width, height in sizes:
            for x, y in self._free:
                tiles = {(column, row) for column in range(x, x + width) for row in range(y, y + height)}
                if tiles <= self._free:
                    yield tiles

    def _places(self, recipe: Recipe) -> Iterator[set[Tile]]:
        """Those of them to which all ingredients can be brought."""
        near = [self._reached(self._held.get(part.name, set())) for part in recipe.ingredients]
        if all(near):
            yield from (tiles for tiles in self._rooms(recipe) if not any(tiles.isdisjoint(of) for of in near))


def _tools(usable: Sequence[EntityPrototype]) -> _Tools:
    return _Tools(
        arms=tuple(sorted({entity.inserter.reach for entity in usable if entity.inserter is not None})),
        tunnel=max((e.belt.max_distance for e in usable if e.type == "underground-belt" and e.belt), default=0),
        belts=any(entity.belt is not None or entity.slots > 0 for entity in usable),
        machines=tuple(entity for entity in usable if entity.machine is not None),
    )
