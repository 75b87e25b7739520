"""Everything that does not carry items along: machines, chests, poles, pipes, and labelled boxes for the rest."""

from __future__ import annotations

from collections.abc import Iterable

from factorion_cli.factory.entity import Entity
from factorion_cli.factory.geometry import DIRECTIONS, STEP, opposite, step
from factorion_cli.factory.render.colours import BODIES, INK, MUTED, OTHER_BODY, PAPER, PIPE, SUPPLY_AREA, WIRE, mixed
from factorion_cli.factory.render.items import item_sign, short_label
from factorion_cli.factory.render.shapes import Circle, Frame, Line, Paint, Rect, Shape, fitted_text
from factorion_cli.prototypes import load_table

Tile = tuple[int, int]

_PIPE_TYPES = {"pipe", "pipe-to-ground", "infinity-pipe", "storage-tank", "pump", "boiler", "generator", "valve"}
_PIPE_REACH = 10
_READABLE = 6
"""Letters of a word that can still be read across one tile."""


def _frame(entity: Entity) -> Frame:
    width, height = entity.size
    return Frame(entity.x + width / 2, entity.y + height / 2, entity.direction)


def _body(entity: Entity, colour: str, inset: float = 0.07, radius: float = 0.16) -> list[Shape]:
    """A rounded box with a soft shadow and a lighter upper edge."""
    width, height = entity.size
    x, y, w, h = entity.x + inset, entity.y + inset, width - 2 * inset, height - 2 * inset
    return [
        Rect(x, y + 0.05, w, h, Paint(fill=INK, opacity=0.5), radius),
        Rect(x, y, w, h, Paint(fill=colour, stroke=mixed(colour, INK, 0.5), width=0.06), radius),
        Line(((x + radius, y + 0.07), (x + w - radius, y + 0.07)),
             Paint(stroke=mixed(colour, "#ffffff", 0.35), width=0.04, opacity=0.7)),
    ]  # fmt: skip


def _facing_mark(entity: Entity) -> list[Shape]:
    """A small triangle at the edge that an entity faces."""
    frame = _frame(entity)
    width, height = entity.size
    edge = (height if entity.direction % 8 == 0 else width) / 2
    points = ((edge - 0.12, 0.0), (edge - 0.3, -0.16), (edge - 0.3, 0.16))
    return [frame.polygon(points, Paint(fill=PAPER, opacity=0.75))]


def _modules(entity: Entity) -> list[Shape]:
    """One coloured pip per module along the lower edge."""
    colours = {"speed": "#4fa6f2", "productivity": "#ee7d4f", "efficiency": "#6fd35a", "quality": "#e6d94a"}
    _, height = entity.size
    pips: list[Shape] = []
    for index, module in enumerate(entity.modules):
        paint = Paint(fill=colours.get(module.split("-")[0], MUTED), stroke=INK, width=0.03)
        pips.append(Rect(entity.x + 0.24 + 0.26 * index, entity.y + height - 0.38, 0.18, 0.18, paint, 0.04))
    return pips


def draw_machine(entity: Entity) -> list[Shape]:
    """A crafting machine with the sign and the label of its recipe, or its own name."""
    width, height = entity.size
    colour = BODIES.get(entity.name, OTHER_BODY)
    shapes = _body(entity, colour)
    middle_x, middle_y = entity.x + width / 2, entity.y + height / 2
    turns = load_table().entity(entity.name).rotatable
    fluid = entity.recipe is not None and entity.recipe in load_table().recipes
    if turns and (not fluid or load_table().recipe(entity.recipe or "").has_fluid):
        shapes += _facing_mark(entity)
    if entity.recipe is None:
        return [*shapes, *_label(entity, short_label(entity.name), MUTED), *_modules(entity)]
    size = 0.42 * min(width, height)
    top = middle_y - 0.14 * height
    plate = Paint(fill=mixed(colour, INK, 0.45), opacity=0.9)
    shapes.append(Circle(middle_x, top, 0.66 * size, plate))
    shapes += item_sign(entity.recipe, middle_x, top, size)
    shapes += fitted_text(
        short_label(entity.recipe),
        middle_x,
        entity.y + 0.8 * height,
        width - 0.36,
        0.3 * height,
        Paint(fill=PAPER),
        0.42,
    )
    return [*shapes, *_modules(entity)]


def draw_furnace(entity: Entity) -> list[Shape]:
    """A furnace: a box with a glowing mouth."""
    width, height = entity.size
    colour = BODIES.get(entity.name, OTHER_BODY)
    x, y = entity.x + width / 2, entity.y + height / 2
    size = min(width, height)
    electric = load_table().entity(entity.name).electric
    glow = "#6fc3ff" if electric else "#ff9a3d"
    return [
        *_body(entity, colour, radius=0.3),
        Rect(x - 0.29 * size, y - 0.22 * size, 0.58 * size, 0.5 * size, Paint(fill=INK), 0.16 * size),
        Rect(x - 0.2 * size, y - 0.02 * size, 0.4 * size, 0.26 * size, Paint(fill=glow), 0.1 * size),
        Rect(x - 0.1 * size, y + 0.08 * size, 0.2 * size, 0.16 * size, Paint(fill="#fff3c4"), 0.06 * size),
        *_modules(entity),
    ]


def draw_chest(entity: Entity) -> list[Shape]:
    """A chest: a small box with a lid and a lock."""
    colour = BODIES.get(entity.name, OTHER_BODY)
    x, y = entity.x, entity.y
    return [
        *_body(entity, colour, inset=0.12, radius=0.1),
        Line(((x + 0.14, y + 0.42), (x + 0.86, y + 0.42)), Paint(stroke=mixed(colour, INK, 0.6), width=0.06)),
        Rect(x + 0.41, y + 0.34, 0.18, 0.2, Paint(fill=mixed(colour, "#ffffff", 0.55), stroke=INK, width=0.03), 0.04),
    ]


def draw_lamp(entity: Entity) -> list[Shape]:
    """A lamp: a bright disc."""
    x, y = entity.x + 0.5, entity.y + 0.5
    return [
        *_body(entity, BODIES.get(entity.name, OTHER_BODY), inset=0.14),
        Circle(x, y, 0.26, Paint(fill="#ffe9a8", opacity=0.35)),
        Circle(x, y, 0.15, Paint(fill="#fff3c4")),
    ]


def draw_beacon(entity: Entity) -> list[Shape]:
    """A beacon: rings that spread from its middle."""
    x, y = entity.x + 1.5, entity.y + 1.5
    rings = [Circle(x, y, radius, Paint(stroke="#8f9bff", width=0.07, opacity=opacity))
             for radius, opacity in ((1.15, 0.35), (0.82, 0.6), (0.5, 0.9))]  # fmt: skip
    return [*_body(entity, BODIES["beacon"]), *rings, Circle(x, y, 0.24, Paint(fill="#dfe3ff")), *_modules(entity)]


def draw_pole(entity: Entity) -> list[Shape]:
    """A pole: a foot with a cross arm."""
    frame = Frame(_frame(entity).x, _frame(entity).y, 0)
    reach = 0.34 * entity.size[0]
    wood = "#b98a56" if entity.name == "small-electric-pole" else "#aab4be"
    return [
        Circle(frame.x, frame.y, 0.3 * entity.size[0], Paint(fill=mixed(wood, INK, 0.65), stroke=INK, width=0.04)),
        frame.line(((0.0, -reach), (0.0, reach)), Paint(stroke=wood, width=0.11 * entity.size[0])),
        frame.line(
            ((-reach, 0.0), (reach, 0.0)), Paint(stroke=mixed(wood, "#ffffff", 0.25), width=0.11 * entity.size[0])
        ),
        Circle(frame.x, frame.y, 0.09 * entity.size[0], Paint(fill="#ffd86b")),
    ]


def draw_supply_area(entity: Entity) -> list[Shape]:
    """The square that a pole feeds."""
    pole = entity.prototype.pole
    reach = pole.supply_area_distance if pole else 0.0
    frame = _frame(entity)
    paint = Paint(fill=SUPPLY_AREA, stroke=SUPPLY_AREA, width=0.04, opacity=0.1)
    return [Rect(frame.x - reach, frame.y - reach, 2 * reach, 2 * reach, paint)]


def draw_wires(entities: Iterable[Entity]) -> list[Shape]:
    """Wires that join poles within reach, as few and as short as can be: the file does not say which the game has."""
    poles = [(entity, _frame(entity)) for entity in entities if entity.prototype.type == "electric-pole"]
    groups = {index: index for index in range(len(poles))}
    spans = []
    for one, (pole, a) in enumerate(poles):
        for two in range(one + 1, len(poles)):
            other, b = poles[two]
            length = ((a.x - b.x) ** 2 + (a.y - b.y) ** 2) ** 0.5
            reach = min(p.prototype.pole.wire_reach if p.prototype.pole else 0.0 for p in (pole, other))
            if length <= reach:
                spans.append((length, one, two))
    wires: list[Shape] = []
    for _, one, two in sorted(spans):
        if groups[one] == groups[two]:
            continue
        joined, gone = groups[one], groups[two]
        groups = {index: joined if group == gone else group for index, group in groups.items()}
        a, b = poles[one][1], poles[two][1]
        sag = ((a.x + b.x) / 2, (a.y + b.y) / 2 + 0.25)
        wires.append(Line(((a.x, a.y), sag, (b.x, b.y)), Paint(stroke=WIRE, width=0.05, opacity=0.75)))
    return wires


def pipe_tiles(entities: Iterable[Entity]) -> dict[Tile, Entity]:
    """Tiles of everything that a pipe joins."""
    table = load_table()
    return {
        tile: entity
        for entity in entities
        if (kind := table.entity(entity.name)).type in _PIPE_TYPES or (kind.machine and kind.machine.fluid_boxes)
        for tile in entity.tiles()
    }


def _joins(neighbour: Entity | None, direction: int) -> bool:
    """Whether a pipe that looks in `direction` meets this neighbour there."""
    if neighbour is None:
        return False
    return neighbour.name != "pipe-to-ground" or neighbour.direction == opposite(direction)


def draw_pipe(entity: Entity, joined: dict[Tile, Entity]) -> list[Shape]:
    """A pipe with an arm towards every neighbour that it joins."""
    frame = Frame(entity.x + 0.5, entity.y + 0.5, 0)
    ends = [
        (frame.x + 0.5 * STEP[direction][0], frame.y + 0.5 * STEP[direction][1])
        for direction in DIRECTIONS
        if _joins(joined.get(step(entity.x, entity.y, direction)), direction)
    ]
    shapes: list[Shape] = [Circle(frame.x, frame.y, 0.24, Paint(fill=PIPE, stroke=INK, width=0.05))]
    for paint in (Paint(stroke=INK, width=0.36), Paint(stroke=PIPE, width=0.27)):
        shapes += [Line(((frame.x, frame.y), end), paint) for end in ends]
    return [*shapes, Circle(frame.x, frame.y, 0.1, Paint(fill=mixed(PIPE, INK, 0.5)))]


def draw_pipe_to_ground(entity: Entity) -> list[Shape]:
    """A pipe that ends in the ground; it is open towards `direction`."""
    frame = _frame(entity)
    hood = ((0.12, -0.34), (0.12, 0.34), (-0.34, 0.26), (-0.34, -0.26))
    return [
        frame.line(((0.5, 0.0), (0.0, 0.0)), Paint(stroke=INK, width=0.36)),
        frame.line(((0.5, 0.0), (0.0, 0.0)), Paint(stroke=PIPE, width=0.27)),
        frame.polygon(hood, Paint(fill=mixed(PIPE, INK, 0.35), stroke=PIPE, width=0.05)),
    ]


def draw_buried_pipe(entity: Entity, joined: dict[Tile, Entity]) -> list[Shape]:
    """A faint dashed line to the pipe-to-ground that it meets under ground, drawn once per pair."""
    back = opposite(entity.direction)
    for distance in range(1, _PIPE_REACH + 1):
        other = joined.get(step(entity.x, entity.y, back, distance))
        if other is None or other.name != entity.name or other.direction % 8 != entity.direction % 8:
            continue
        if other.direction == back and entity.direction in (0, 4):
            paint = Paint(stroke=PIPE, width=0.06, dash=0.16, opacity=0.5)
            return [Line(((entity.x + 0.5, entity.y + 0.5), (other.x + 0.5, other.y + 0.5)), paint)]
        return []
    return []


def _label(entity: Entity, text: str, colour: str) -> list[Shape]:
    """The text inside the entity's box; its initials where it would be too small to read."""
    width, height = entity.size
    x, y = entity.x + width / 2, entity.y + height / 2
    if min(width, height) == 1 and max(map(len, text.split())) > _READABLE:
        text = "".join(word[0] for word in text.split()).upper()
    return fitted_text(text, x, y, width - 0.3, height - 0.3, Paint(fill=colour), 0.4)


def draw_box(entity: Entity) -> list[Shape]:
    """Anything else: a box with its name."""
    shapes = _body(entity, BODIES.get(entity.name, OTHER_BODY))
    if load_table().entity(entity.name).rotatable:
        shapes += _facing_mark(entity)
    return [*shapes, *_label(entity, short_label(entity.name), PAPER)]
