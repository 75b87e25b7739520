"""Entities and endpoints: the immutable parts of a Factory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from factorion_cli.factory.geometry import NORTH
from factorion_cli.prototypes import EntityPrototype, entity_prototype

UndergroundType = Literal["input", "output"]
Side = Literal["left", "right"]
Lanes = Literal["both", "left", "right"]
SourceKind = Literal["belt", "chest"]
SinkKind = Literal["belt", "chest", "output"]


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity of a Factory, given by its top-left tile after rotation.

    Attributes:
        name: Factorio 2.0 prototype name.
        x: left tile.
        y: top tile.
        direction: 0, 4, 8 or 12; for inserters the side they PICK UP from.
        underground_type: "input" or "output" (undergrounds and loaders).
        recipe: what a crafting machine makes.
        stack_size: effective hand of an inserter; None: the prototype's hand without research.
        filters: whitelist of item names of an inserter; empty: anything.
        filter: item that a splitter sends to its `output_priority` side; fluid that a pump lets through, an infinity
        pipe or offshore pump gives, or a tank with a `level` holds.
        input_priority: side (seen in travel direction) that a splitter takes from first.
        output_priority: side that a splitter gives to first.
        modules: modules in the machine: item names, with `@` and the quality of all but normal ones.
        quality: quality of the entity.
        beacons: one tuple of modules per beacon in reach, for factories that leave the beacons out; a beacon of quality
            names itself first (`beacon@rare`).
        fuel: "unlimited" when a burner never runs out, or the item that it burns in a schematic factory.
        level: share of a storage tank that is full at the start, 0 to 1.
        fluid: "unlimited" when fluid ingredients are always there and fluid products always drain.
        unlimited_io: whether ingredients are always there and products are removed at once.
        bar: slots of a chest that may be filled; None: all.
        count: how many stand for this one in a schematic factory, where positions mean nothing.
        working: schematic: whether a consumer has work, so that it draws its full power.
        light: schematic: daylight on solar panels, 0 to 1; None: a whole day goes round.
        steam_temperature: schematic: degrees of the steam that a generator gets; None: what its boiler makes.
    """

    name: str
    x: int = 0
    y: int = 0
    direction: int = NORTH
    underground_type: UndergroundType | None = None
    recipe: str | None = None
    stack_size: int | None = None
    filters: tuple[str, ...] = ()
    filter: str | None = None
    input_priority: Side | None = None
    output_priority: Side | None = None
    modules: tuple[str, ...] = ()
    quality: str = "normal"
    beacons: tuple[tuple[str, ...], ...] = ()
    fuel: str | None = None
    fluid: str | None = None
    level: float | None = None
    unlimited_io: bool = False
    bar: int | None = None
    count: int = 1
    working: bool = False
    light: float | None = None
    steam_temperature: float | None = None

    @property
    def prototype(self) -> EntityPrototype:
        """The vanilla prototype; raises DataError for a modded name."""
        return entity_prototype(self.name)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in tiles as it stands."""
        return self.prototype.size(self.direction)

    def tiles(self) -> Iterator[tuple[int, int]]:
        """Every tile that the entity covers, row by row."""
        width, height = self.size
        if width == height == 1:
            return iter(((self.x, self.y),))
        return ((x, y) for y in range(self.y, self.y + height) for x in range(self.x, self.x + width))


@dataclass(frozen=True, slots=True)
class Source:
    """An endpoint that keeps its item available without limit.

    kind "belt": a 1x1 belt tile of tier `belt`, kept full on `lanes`, moving towards `direction`; two sources may
    share a tile when one feeds the left and the other the right lane. kind "chest": a bottomless chest.
    """

    id: str
    kind: SourceKind
    x: int
    y: int
    item: str
    direction: int = NORTH
    lanes: Lanes = "both"
    belt: str = "transport-belt"


@dataclass(frozen=True, slots=True)
class Sink:
    """An endpoint that takes everything and counts it.

    kind "belt": a 1x1 belt tile that swallows what reaches it; kind "chest": a bottomless chest; kind "output": counts
    the products of the machine whose top-left tile is `of`, or what it uses up when it is a lab. `item` is what is
    wanted there, when known.
    """

    id: str
    kind: SinkKind
    x: int = 0
    y: int = 0
    item: str | None = None
    direction: int = NORTH
    belt: str = "transport-belt"
    of: tuple[int, int] | None = None
