"""Factory -> Drawing: which shapes, in which order. Both backends draw what comes out of here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from factorion_cli.errors import DataError
from factorion_cli.factory.entity import Entity, Source
from factorion_cli.factory.factory import Factory
from factorion_cli.factory.render.belts import BeltNetwork, draw_belt, draw_splitter, draw_tunnel, draw_underground
from factorion_cli.factory.render.buildings import (
    draw_beacon,
    draw_box,
    draw_buried_pipe,
    draw_chest,
    draw_furnace,
    draw_lamp,
    draw_machine,
    draw_pipe,
    draw_pipe_to_ground,
    draw_pole,
    draw_supply_area,
    draw_wires,
    pipe_tiles,
)
from factorion_cli.factory.render.colours import ADDED, BLOCKED, GRID, GROUND, MISSING, PAPER, SHEET, WRONG, item_colour
from factorion_cli.factory.render.endpoints import draw_sinks, draw_sources
from factorion_cli.factory.render.inserters import draw_inserter
from factorion_cli.factory.render.shapes import CHARACTER_WIDTH, Drawing, Line, Paint, Rect, Shape, Text, faded
from factorion_cli.prototypes import load_table

MARGIN = 0.5
"""Empty tiles around the factory."""

MOST_TILES = 4_000_000
"""Largest picture: at 4 pixels a tile it takes some 200 MB to make."""

TITLE_HEIGHT = 0.9
"""Tiles above the factory for the title, when there is one."""

_FLOOR = {"transport-belt", "underground-belt", "splitter", "pipe", "pipe-to-ground", "linked-belt"}
_ARMS = {"inserter"}
_CHESTS = {"container", "logistic-container", "infinity-container", "linked-container"}


@dataclass(frozen=True, slots=True)
class Marks:
    """Entities to point out: taken out (drawn as ghosts), put in right and put in wrong."""

    missing: Sequence[Entity] = ()
    added: Sequence[Entity] = ()
    wrong: Sequence[Entity] = ()


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What the look of one entity depends on beyond itself."""

    belts: BeltNetwork
    pipes: dict[tuple[int, int], Entity]
    owners: dict[tuple[int, int], Entity]
    """Whose tile it is."""

    @classmethod
    def of(cls, entities: Sequence[Entity], sources: Sequence[Source]) -> _Surroundings:
        owners = {tile: entity for entity in entities for tile in entity.tiles()}
        return cls(BeltNetwork.of(entities, sources), pipe_tiles(entities), owners)


def _layer(entity: Entity) -> int:
    """0 on the floor, 1 standing on it, 2 reaching over others, 3 above all."""
    kind = load_table().entity(entity.name).type
    if kind in _FLOOR:
        return 0
    return 3 if kind == "electric-pole" else 2 if kind in _ARMS else 1


def _draw_entity(entity: Entity, around: _Surroundings) -> list[Shape]:
    prototype = load_table().entity(entity.name)
    match prototype.type:
        case "transport-belt" | "linked-belt":
            return draw_belt(entity, entity.name, around.belts)
        case "underground-belt":
            return draw_underground(entity)
        case "splitter":
            return draw_splitter(entity)
        case "inserter":
            return draw_inserter(entity, around.owners)
        case "electric-pole":
            return draw_pole(entity)
        case "beacon":
            return draw_beacon(entity)
        case "lamp":
            return draw_lamp(entity)
        case "pipe" | "infinity-pipe":
            return draw_pipe(entity, around.pipes)
        case "pipe-to-ground":
            return draw_pipe_to_ground(entity)
        case kind if kind in _CHESTS and (prototype.width, prototype.height) == (1, 1):
            return draw_chest(entity)
        case "furnace" if prototype.name.endswith("furnace"):
            return draw_furnace(entity)
    return draw_machine(entity) if prototype.machine is not None else draw_box(entity)


def _ground(factory: Factory) -> list[Shape]:
    shapes: list[Shape] = [Rect(0, 0, factory.width, factory.height, Paint(fill=GROUND))]
    grid = Paint(stroke=GRID, width=0.03)
    shapes += [Line(((x, 0), (x, factory.height)), grid) for x in range(factory.width + 1)]
    shapes += [Line(((0, y), (factory.width, y)), grid) for y in range(factory.height + 1)]
    for resource in factory.resources:
        x, y, width, height = resource.area
        shapes.append(Rect(x, y, width, height, Paint(fill=item_colour(resource.name), opacity=0.28), 0.2))
    for x, y, width, height in _blocked(factory):
        shapes.append(Rect(x, y, width, height, Paint(fill=SHEET)))
        strokes = range(1, width + height)
        ends = (((max(0, n - height), min(n, height)), (min(n, width), max(0, n - width))) for n in strokes)
        shapes += [Line(((x + a, y + b), (x + c, y + d)), Paint(stroke=BLOCKED, width=0.1)) for (a, b), (c, d) in ends]
    return shapes


def _blocked(factory: Factory) -> list[tuple[int, int, int, int]]:
    """Where a task from markers lets nothing stand; what is no rectangle within the factory is not drawn."""
    task = factory.metadata.get("task")
    areas = task.get("blocked") if isinstance(task, Mapping) else None
    return [
        (area[0], area[1], area[2], area[3])
        for area in (areas if isinstance(areas, (list, tuple)) else ())
        if isinstance(area, (list, tuple)) and len(area) == 4 and all(type(part) is int for part in area)
        and 0 <= area[0] < area[0] + area[2] <= factory.width and 0 <= area[1] < area[1] + area[3] <= factory.height
    ]  # fmt: skip


def _underground_lines(entities: Iterable[Entity], around: _Surroundings) -> list[Shape]:
    shapes: list[Shape] = []
    for entity in entities:
        if entity.name == "pipe-to-ground":
            shapes += draw_buried_pipe(entity, around.pipes)
        elif entity.underground_type == "input" and (end := around.belts.exit_of(entity)) is not None:
            shapes += draw_tunnel(entity, end)
    return shapes


def _outline(entity: Entity, colour: str, dash: float) -> list[Shape]:
    width, height = entity.size
    glow = Rect(entity.x, entity.y, width, height, Paint(fill=colour, opacity=0.13), 0.14)
    edge = Paint(stroke=colour, width=0.1, dash=dash)
    x, y, right, bottom = entity.x + 0.02, entity.y + 0.02, entity.x + width - 0.02, entity.y + height - 0.02
    return [glow, Line(((x, y), (right, y), (right, bottom), (x, bottom), (x, y)), edge)]


def _title(factory: Factory, text: str) -> list[Shape]:
    size = min(0.5, factory.width / (CHARACTER_WIDTH * max(1, len(text))))
    return [Text(0.0, -0.5 * TITLE_HEIGHT - 0.1, text, size, Paint(fill=PAPER), centred=False)]


def draw(
    factory: Factory,
    marks: Marks | None = None,
    title: str | None = None,
    supply_areas: bool = False,
    on_floor: Sequence[Shape] = (),
) -> Drawing:
    """The picture of a factory.

    Args:
        factory: what stands; entities of `marks` that it lacks are drawn too.
        marks: what to point out.
        title: one line above the picture.
        supply_areas: whether to tint what each pole feeds.
        on_floor: further shapes over belts and pipes, under all that stands or reaches above them.

    Raises:
        DataError: an entity is not vanilla, or the rectangle is too large for a picture.
    """
    if factory.width * factory.height > MOST_TILES:
        raise DataError(
            f"{factory.id}: {factory.width} x {factory.height} tiles are too many for a picture; "
            f"expected {MOST_TILES:,} at most"
        )
    marks = marks or Marks()
    ghosts = set(marks.missing)
    standing = [entity for entity in factory.entities if entity not in ghosts]
    standing += [entity for entity in (*marks.added, *marks.wrong) if entity not in set(standing) | ghosts]
    everything = [*standing, *marks.missing]
    around = _Surroundings.of(everything, factory.sources)
    shapes = _ground(factory)
    if supply_areas:
        shapes += [shape for entity in standing if entity.prototype.pole for shape in draw_supply_area(entity)]
    # Endpoints stand on the floor too: under the arms that reach into them.
    for layer in range(4):
        for entity in standing:
            if _layer(entity) == layer:
                shapes += _draw_entity(entity, around)
        if layer == 0:
            shapes += [*_underground_lines(standing, around), *on_floor]
        if layer == 1:
            shapes += [*draw_sources(factory.sources), *draw_sinks(factory.sinks)]
    shapes += draw_wires(standing)
    for entity in marks.missing:
        shapes += [*faded(_draw_entity(entity, around), 0.75), *_outline(entity, MISSING, 0.18)]
    for entities, colour in ((marks.added, ADDED), (marks.wrong, WRONG)):
        shapes += [shape for entity in entities for shape in _outline(entity, colour, 0.0)]
    above = TITLE_HEIGHT if title else 0.0
    shapes += _title(factory, title) if title else []
    return Drawing(
        -MARGIN, -MARGIN - above, factory.width + 2 * MARGIN, factory.height + 2 * MARGIN + above, SHEET, tuple(shapes)
    )
