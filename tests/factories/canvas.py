"""The sheet on which a random factory grows: what stands where, what each tile carries, and a way back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import Any, TypeVar

from factorion_cli.factory import Entity, Factory, Power, Resource, Sink, Source
from factorion_cli.factory.footprints import size_of
from factorion_cli.factory.geometry import EAST, NORTH, SOUTH, WEST, step

Tile = tuple[int, int]
T = TypeVar("T")

SIDES = (NORTH, EAST, SOUTH, WEST)
TIERS = ("", "fast-", "express-", "turbo-")


def belt_name(tier: str) -> str:
    """The belt of a tier: the slowest is called transport-belt, others fast-transport-belt and so on."""
    return f"{tier}transport-belt"


@dataclass(slots=True)
class Canvas:
    """Entities and endpoints so far.

    Attributes:
        width: tiles.
        height: tiles.
        rng: every choice.
        taken: tiles that nothing more may stand on; reserved ones among them.
        carries: items that turn up on a belt tile, in a chest or as products of a machine, by tile.
        pipes: number of the run of pipes that a tile belongs to.
        tunnels: (tile, tier, axis) under which an underground belt passes.
    """

    width: int
    height: int
    rng: Random
    entities: list[Entity] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    sinks: list[Sink] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    taken: set[Tile] = field(default_factory=set)
    carries: dict[Tile, tuple[str, ...]] = field(default_factory=dict)
    pipes: dict[Tile, int] = field(default_factory=dict)
    tunnels: set[tuple[Tile, str, int]] = field(default_factory=set)
    _undo: list[Callable[[], None]] = field(default_factory=list)

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return self.rng.random() < share

    def inside(self, tile: Tile) -> bool:
        """Whether the tile is on the sheet."""
        return 0 <= tile[0] < self.width and 0 <= tile[1] < self.height

    def free(self, *tiles: Tile) -> bool:
        """Whether all of them are inside and empty."""
        return all(self.inside(tile) and tile not in self.taken for tile in tiles)

    def attempt(self, grow: Callable[[], bool]) -> bool:
        """Let `grow` work; when it returns False, everything that it did is undone."""
        before = len(self._undo)
        if grow():
            return True
        while len(self._undo) > before:
            self._undo.pop()()
        return False

    def reserve(self, *tiles: Tile) -> None:
        """Keep tiles empty for good: nothing may be built there by chance."""
        for tile in tiles:
            if tile not in self.taken:
                self.taken.add(tile)
                self._undo.append(partial(self.taken.discard, tile))

    def note(self, tiles: Iterable[Tile], items: tuple[str, ...]) -> None:
        """Remember that these tiles carry `items`."""
        for tile in tiles:
            old = self.carries.get(tile)
            self.carries[tile] = items
            self._undo.append(partial(self._forget, tile, old))

    def _forget(self, tile: Tile, old: tuple[str, ...] | None) -> None:
        if old is None:
            self.carries.pop(tile, None)
        else:
            self.carries[tile] = old

    def tunnel(self, keys: Iterable[tuple[Tile, str, int]]) -> None:
        """Remember where an underground passes, so that no end of another one steps between its ends."""
        for key in keys:
            if key not in self.tunnels:
                self.tunnels.add(key)
                self._undo.append(partial(self.tunnels.discard, key))

    def put(self, entity: Entity) -> bool:
        """Place an entity where all its tiles are free."""
        width, height = size_of(entity.name, entity.direction)
        tiles = [(entity.x + dx, entity.y + dy) for dy in range(height) for dx in range(width)]
        if not self.free(*tiles):
            return False
        if entity.name == "burner-inserter":
            # No row brings fuel for its arms, and what they begin with is soon burnt.
            entity = replace(entity, fuel="unlimited")
        self.entities.append(entity)
        self._undo.append(partial(self._drop, self.entities))
        self.reserve(*tiles)
        return True

    def source(
        self, kind: str, tile: Tile, item: str, heading: int = NORTH, lanes: str = "both", belt: str = "transport-belt"
    ) -> bool:
        """An endpoint that gives; the second lane of a tile may come after the first."""
        shares = any((s.x, s.y) == tile and s.lanes != lanes and s.lanes != "both" for s in self.sources)
        if not shares and not self.free(tile):
            return False
        name = f"S{len(self.sources)}"
        self.sources.append(Source(name, kind, *tile, item, heading, lanes, belt))  # type: ignore[arg-type]
        self._undo.append(partial(self._drop, self.sources))
        self.reserve(tile)
        return True

    def sink(
        self, kind: str, tile: Tile, heading: int = NORTH, item: str | None = None, of: Tile | None = None
    ) -> bool:
        """An endpoint that takes."""
        if kind != "output" and not self.free(tile):
            return False
        belt = belt_name(self.rng.choice(TIERS))
        self.sinks.append(Sink(f"K{len(self.sinks)}", kind, *tile, item, heading, belt, of))  # type: ignore[arg-type]
        self._undo.append(partial(self._drop, self.sinks))
        if kind != "output":
            self.reserve(tile)
        return True

    @staticmethod
    def _drop(things: list[Any]) -> None:
        things.pop()

    def wet(self, tile: Tile, run: int) -> None:
        """Remember whose pipe lies on a tile."""
        self.pipes[tile] = run
        self._undo.append(partial(self._dry, tile))

    def _dry(self, tile: Tile) -> None:
        self.pipes.pop(tile, None)

    def deposit(self, resource: Resource) -> None:
        """Ore or a field in the ground."""
        self.resources.append(resource)
        self._undo.append(partial(self._drop, self.resources))

    def spot(self) -> Tile:
        """Any tile."""
        return self.rng.randrange(self.width), self.rng.randrange(self.height)

    def some(self, grow: Callable[[Tile], bool], tiles: Iterable[Tile]) -> bool:
        """Whether `grow` succeeds at one of the tiles, tried in turn."""
        return any(self.attempt(partial(grow, tile)) for tile in tiles)

    def shuffled(self, things: Iterable[T]) -> list[T]:
        """In random order."""
        mixed = list(things)
        self.rng.shuffle(mixed)
        return mixed

    def factory(self, name: str, power: Power) -> Factory:
        """What has grown."""
        return Factory(
            self.width,
            self.height,
            tuple(self.entities),
            tuple(self.sources),
            tuple(self.sinks),
            id=name,
            power=power,
            resources=tuple(self.resources),
        )


def beside(tile: Tile, heading: int, tiles: int = 1) -> Tile:
    """The tile that lies `tiles` steps away."""
    return step(*tile, heading, tiles)
