"""A sheet of squared paper: the few strokes with which every starter design is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from factorion_cli.factory import Entity, Factory, Power, Sink, Source
from factorion_cli.factory.geometry import EAST, NORTH, SOUTH, WEST, opposite, step, turn_right
from factorion_cli.prototypes import load_table

Point = tuple[int, int]

ANY = "any item"
"""Item of an endpoint that works with whatever flows."""

UNDERGROUND = {
    "transport-belt": "underground-belt",
    "fast-transport-belt": "fast-underground-belt",
    "express-transport-belt": "express-underground-belt",
}
SPLITTER = {
    "transport-belt": "splitter",
    "fast-transport-belt": "fast-splitter",
    "express-transport-belt": "express-splitter",
}
BELT_RATE = {"transport-belt": 15.0, "fast-transport-belt": 30.0, "express-transport-belt": 45.0}
"""Items per second on both lanes of a full belt."""
ARM_RATE = {
    "burner-inserter": 60 / 76,
    "inserter": 60 / 70,
    "long-handed-inserter": 60 / 50,
    "fast-inserter": 60 / 24,
}
"""Items per second that an arm carries from chest to chest, with a hand of one."""

_BELTS = {"^": NORTH, ">": EAST, "v": SOUTH, "<": WEST}
_ENTRANCES = {"n": NORTH, "e": EAST, "s": SOUTH, "w": WEST}
_EXITS = {"N": NORTH, "E": EAST, "S": SOUTH, "W": WEST}
_SPLITTERS = {"A": NORTH, "D": EAST, "V": SOUTH, "C": WEST}
_TURNING_TYPES = {"transport-belt", "underground-belt", "splitter", "inserter"}


@dataclass(frozen=True, slots=True)
class Design:
    """One design of the set.

    Attributes:
        category: the file it goes into.
        label: the blueprint's label; it names the items so that endpoints can be inferred from it.
        drawn: the entities and the endpoints that are meant, inside a margin of one tile; chest endpoints stand on the
            chests that they replace.
        rate: items per second into all sinks together, reckoned by ratio.
        tolerance: relative error that the reckoning may have.
    """

    category: str
    label: str
    drawn: Factory
    rate: float
    tolerance: float

    @property
    def blueprint(self) -> Factory:
        """What the exchange string holds: the entities alone, without margin, endpoints or power."""
        entities = tuple(replace(entity, x=entity.x - 1, y=entity.y - 1) for entity in self.drawn.entities)
        return Factory(self.drawn.width - 2, self.drawn.height - 2, entities, id=self.label)

    @property
    def factory(self) -> Factory:
        """What is simulated: the design with its endpoints, which take the place of their chests.

        Iron plates stand for ANY, and sinks of ANY count everything.
        """
        drawn = self.drawn
        replaced = {(end.x, end.y) for end in (*drawn.sources, *drawn.sinks) if end.kind == "chest"}
        return replace(
            drawn,
            entities=tuple(entity for entity in drawn.entities if (entity.x, entity.y) not in replaced),
            sources=tuple(replace(end, item="iron-plate") if end.item == ANY else end for end in drawn.sources),
            sinks=tuple(replace(end, item=None) if end.item == ANY else end for end in drawn.sinks),
        )


class Sheet:
    """Entities and intended endpoints on an unbounded sheet; `finish` cuts it to size.

    Args:
        tier: belt that `run`, `dive`, `draw` and the endpoints use unless they are told otherwise.
    """

    def __init__(self, tier: str = "transport-belt") -> None:
        self.tier = tier
        self.entities: list[Entity] = []
        self.sources: list[Source] = []
        self.sinks: list[Sink] = []
        self._taken: dict[Point, str] = {}

    def put(self, entity: Entity) -> None:
        """Place an entity; raises ValueError when a tile of it is taken."""
        for tile in entity.tiles():
            if tile in self._taken:
                raise ValueError(f"{entity.name} does not fit at {tile}: {self._taken[tile]} stands there")
        for tile in entity.tiles():
            self._taken[tile] = entity.name
        self.entities.append(entity)

    def is_free(self, tile: Point) -> bool:
        """Whether neither an entity nor an endpoint is on the tile."""
        return tile not in self._taken

    # Belts -----------------------------------------------------------------------------------------------------------

    def belt(self, x: int, y: int, direction: int, tier: str | None = None) -> None:
        """One belt tile."""
        self.put(Entity(tier or self.tier, x, y, direction))

    def run(
        self,
        *corners: Point,
        end: int | None = None,
        tier: str | None = None,
        source: str | None = None,
        sink: str | None = None,
    ) -> None:
        """A line of belts through the corners, both ends included.

        Args:
            corners: tiles, each in line with the one before.
            end: direction of the last tile, where it is not that of the last leg.
            tier: belt to use.
            source: item that enters behind the first tile.
            sink: item that leaves in front of the last tile.
        """
        path = _tiles_through(corners)
        headings = [_heading(here, there) for here, there in pairwise(path)]
        headings.append(end if end is not None else headings[-1] if headings else EAST)
        for (x, y), heading in zip(path, headings, strict=True):
            self.belt(x, y, heading, tier)
        if source is not None:
            self.source(path[0], headings[0], source, tier)
        if sink is not None:
            self.sink(path[-1], headings[-1], sink, tier)

    def dive(self, x: int, y: int, direction: int, tiles: int, tier: str | None = None) -> None:
        """An underground pair from the entrance at (x, y) to the exit `tiles` further."""
        name = UNDERGROUND[tier or self.tier]
        self.put(Entity(name, x, y, direction, underground_type="input"))
        far_x, far_y = step(x, y, direction, tiles)
        self.put(Entity(name, far_x, far_y, direction, underground_type="output"))

    def draw(
        self,
        picture: str,
        x: int = 0,
        y: int = 0,
        items: Sequence[str] = (),
        outputs: Sequence[str] = (),
        **splitter_fields: str,
    ) -> None:
        """Draw belts from a picture, one character a tile.

        `^ > v <` belts; `n e s w` underground entrances and `N E S W` their exits by heading; splitters as `AA`
        (north), `VV` (south), and `D` or `C` one above the other (east, west); `@` a source, `$` a sink, in reading
        order. `items` name what the sources give, `outputs` what the sinks take (default ANY); `splitter_fields`
        go to every splitter of the picture.
        """
        rows = picture.strip("\n").splitlines()
        at = {(x + column, y + row): mark for row, line in enumerate(rows) for column, mark in enumerate(line)}
        marked: list[Point] = []
        for tile, mark in at.items():
            if mark in "@$":
                marked.append(tile)
            elif mark in _SPLITTERS:
                self._draw_splitter(tile, at, splitter_fields)
            elif mark in _BELTS:
                self.belt(*tile, _BELTS[mark])
            elif mark in _ENTRANCES or mark in _EXITS:
                heading = _ENTRANCES[mark] if mark in _ENTRANCES else _EXITS[mark]
                kind = "input" if mark in _ENTRANCES else "output"
                self.put(Entity(UNDERGROUND[self.tier], *tile, heading, underground_type=kind))
            elif mark not in " .":
                raise ValueError(f"the picture has an unknown mark {mark!r} at {tile}")
        item, output = iter(items), iter(outputs)
        for tile in marked:
            if at[tile] == "@":
                heading = self._heading_beside(tile, leaving=True)
                self.source(step(*tile, heading), heading, next(item, ANY))
            else:
                heading = self._heading_beside(tile, leaving=False)
                self.sink(step(*tile, opposite(heading)), heading, next(output, ANY))

    def _draw_splitter(self, tile: Point, at: dict[Point, str], fields: dict[str, str]) -> None:
        """Place the splitter whose top-left half this is; the other half is passed over."""
        if not self.is_free(tile):
            return
        heading = _SPLITTERS[at[tile]]
        other = (tile[0] + 1, tile[1]) if heading in (NORTH, SOUTH) else (tile[0], tile[1] + 1)
        if at.get(other) != at[tile]:
            raise ValueError(f"the picture has half a splitter at {tile}")
        self.put(Entity(SPLITTER[self.tier], *tile, heading, **fields))  # type: ignore[arg-type]

    def _heading_beside(self, tile: Point, leaving: bool) -> int:
        """Direction of the belt-like neighbour that takes from this tile (leaving) or gives to it."""
        for heading in (NORTH, EAST, SOUTH, WEST):
            neighbour = step(*tile, heading if leaving else opposite(heading))
            for entity in self.entities:
                if entity.direction == heading and neighbour in entity.tiles() and entity.prototype.belt:
                    return heading
        raise ValueError(f"no belt leads {'from' if leaving else 'to'} the endpoint at {tile}")

    # Endpoints -------------------------------------------------------------------------------------------------------

    def source(self, tile: Point, direction: int, item: str, tier: str | None = None) -> None:
        """Mean a belt source behind the belt at `tile` that faces `direction`."""
        x, y = step(*tile, opposite(direction))
        self._reserve((x, y))
        self.sources.append(Source(f"in{len(self.sources)}", "belt", x, y, item, direction, "both", tier or self.tier))

    def sink(self, tile: Point, direction: int, item: str = ANY, tier: str | None = None) -> None:
        """Mean a belt sink in front of the belt at `tile` that faces `direction`."""
        x, y = step(*tile, direction)
        self._reserve((x, y))
        self.sinks.append(Sink(f"out{len(self.sinks)}", "belt", x, y, item, direction, tier or self.tier))

    def _reserve(self, tile: Point) -> None:
        if tile in self._taken:
            raise ValueError(f"the endpoint at {tile} does not fit: {self._taken[tile]} stands there")
        self._taken[tile] = "an endpoint"

    def giving_chest(self, x: int, y: int, item: str, name: str = "iron-chest") -> None:
        """A chest that only gives: its item never runs out."""
        self.put(Entity(name, x, y))
        self.sources.append(Source(f"in{len(self.sources)}", "chest", x, y, item))

    def taking_chest(self, x: int, y: int, item: str, name: str = "iron-chest") -> None:
        """A chest that only takes."""
        self.put(Entity(name, x, y))
        self.sinks.append(Sink(f"out{len(self.sinks)}", "chest", x, y, item))

    # Machines --------------------------------------------------------------------------------------------------------

    def arm(self, x: int, y: int, towards: int, name: str = "inserter", **fields: object) -> None:
        """An inserter that drops `towards` a side (the game's direction is the side it picks up from)."""
        self.put(Entity(name, x, y, opposite(towards), **fields))  # type: ignore[arg-type]

    def machine(self, name: str, x: int, y: int, recipe: str | None = None) -> None:
        """A crafting machine by its top-left tile; furnaces choose their recipe themselves."""
        self.put(Entity(name, x, y, recipe=recipe))

    def electrify(self, pole: str = "small-electric-pole") -> None:
        """Stand poles on free tiles inside the design until every electric entity is in a supply area.

        Greedy: each next pole is within wire reach of an earlier one and covers the most that is still dark; where
        none covers anything new, the one nearest to what is dark.
        """
        dark = [entity for entity in self.entities if entity.prototype.electric]
        poles: list[Point] = []
        while dark:
            place = self._best_pole(pole, poles, dark)
            poles.append(place)
            self.put(Entity(pole, *place))
            dark = [entity for entity in dark if not _covers(pole, place, entity)]

    def _best_pole(self, pole: str, poles: list[Point], dark: list[Entity]) -> Point:
        data = load_table().entity(pole).pole
        assert data is not None
        left, top, right, bottom = self._bounds()
        reach = data.wire_reach**2
        candidates = [
            (x, y)
            for x in range(left, right)
            for y in range(top, bottom)
            if self.is_free((x, y)) and (not poles or any((x - px) ** 2 + (y - py) ** 2 <= reach for px, py in poles))
        ]

        def key(place: Point) -> tuple[float, float, int, int]:
            covered = sum(_covers(pole, place, entity) for entity in dark)
            distance = min(abs(place[0] - entity.x) + abs(place[1] - entity.y) for entity in dark)
            return (-covered, distance, *place)

        if not candidates:
            raise ValueError("no free tile is left for a pole")
        return min(candidates, key=key)

    # Finishing -------------------------------------------------------------------------------------------------------

    def _bounds(self) -> tuple[int, int, int, int]:
        tiles = [tile for entity in self.entities for tile in entity.tiles()]
        xs, ys = [x for x, _ in tiles], [y for _, y in tiles]
        return min(xs), min(ys), max(xs) + 1, max(ys) + 1

    def finish(self, category: str, label: str, rate: float, tolerance: float = 0.05, turns: int = 0) -> Design:
        """Cut the sheet to a margin of one tile, after `turns` clockwise quarter turns."""
        left, top, right, bottom = self._bounds()
        if max(right - left, bottom - top) > 30:
            raise ValueError(f"{label!r} is {right - left}x{bottom - top}; it should fit 30x30")
        entities = [replace(entity, x=entity.x - left + 1, y=entity.y - top + 1) for entity in self.entities]
        sources = [replace(source, x=source.x - left + 1, y=source.y - top + 1) for source in self.sources]
        sinks = [replace(sink, x=sink.x - left + 1, y=sink.y - top + 1) for sink in self.sinks]
        width, height = right - left + 2, bottom - top + 2
        for _ in range(turns % 4):
            entities = [_turned(entity, height) for entity in entities]
            sources = [replace(end, x=height - 1 - end.y, y=end.x, direction=_turn(end)) for end in sources]
            sinks = [replace(end, x=height - 1 - end.y, y=end.x, direction=_turn(end)) for end in sinks]
            width, height = height, width
        drawn = Factory(width, height, tuple(entities), tuple(sources), tuple(sinks), label, Power("poles"))
        return Design(category, label, drawn, rate, tolerance)


def _tiles_through(corners: Sequence[Point]) -> list[Point]:
    path = [corners[0]]
    for corner in corners[1:]:
        if (corner[0] == path[-1][0]) == (corner[1] == path[-1][1]):
            raise ValueError(f"{corner} is not in line with {path[-1]}")
        heading = _heading(path[-1], corner)
        while path[-1] != corner:
            path.append(step(*path[-1], heading))
    return path


def _heading(here: Point, there: Point) -> int:
    if here[0] != there[0]:
        return EAST if there[0] > here[0] else WEST
    return SOUTH if there[1] > here[1] else NORTH


def _covers(pole: str, place: Point, entity: Entity) -> bool:
    """Whether a 1x1 pole's square supply area touches the entity."""
    data = load_table().entity(pole).pole
    assert data is not None
    width, height = entity.size
    dx = max(entity.x - place[0] - 0.5, place[0] + 0.5 - entity.x - width)
    dy = max(entity.y - place[1] - 0.5, place[1] + 0.5 - entity.y - height)
    return max(dx, dy) < data.supply_area_distance


def _turned(entity: Entity, height: int) -> Entity:
    """The entity after a clockwise quarter turn of a sheet that is `height` tiles high."""
    turns = entity.prototype.type in _TURNING_TYPES
    direction = turn_right(entity.direction) if turns else entity.direction
    return replace(entity, x=height - entity.y - entity.size[1], y=entity.x, direction=direction)


def _turn(end: Source | Sink) -> int:
    return turn_right(end.direction) if end.kind == "belt" else end.direction


def crafts_per_second(recipe: str, machine: str) -> float:
    """Products per second of one machine that never waits (first product)."""
    data = load_table().entity(machine).machine
    assert data is not None
    row = load_table().recipe(recipe)
    return data.crafting_speed / row.time_s * row.products[0].amount


def ingredients(recipe: str) -> dict[str, float]:
    """Pieces of each ingredient for one craft."""
    return {part.name: part.amount for part in load_table().recipe(recipe).ingredients}


def label_count(count: int, what: str, plural: str = "s") -> str:
    """A count in words for a label.

    >>> label_count(1, "furnace"), label_count(8, "furnace")
    ('1 furnace', '8 furnaces')
    """
    return f"{count} {what}{'' if count == 1 else plural}"
