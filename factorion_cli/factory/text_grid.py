"""Factory <-> text: a drawing with two characters per tile, a legend of its symbols, and details by tile.

    factorion-grid 1
    id "gears"
    size 7 3
    # arrows say where a thing faces (arms: where they pick up from), o: it faces nowhere, b. is a part of b
    S> b> b> .. .. .. ..
    .. .. i^ .. .. .. ..
    ...
    legend
    b transport-belt
    details
    source 0,0 {"id": "in", "kind": "belt", "item": "iron-plate"}
    at 2,1 {"stack_size": 3}

Every cell is a symbol and a facing. The top-left tile of an entity carries `^`, `>`, `v`, `<` or `o`; its other tiles
carry `.`; `..` is empty. Details hold what the drawing cannot show, in the words of the Factory file. `from_text` gives
the same Factory back for everything that can be drawn: entities inside the rectangle that do not overlap. Metadata is
left out.
"""

from __future__ import annotations

import json
import string
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from factorion_cli.errors import FactoryError
from factorion_cli.factory.entity import Entity
from factorion_cli.factory.factory import Factory
from factorion_cli.factory.files import entity_to_json, factory_from_json, factory_to_json
from factorion_cli.factory.footprints import size_of
from factorion_cli.prototypes import load_table

HEADER = "factorion-grid 1"
_NOTE = "# arrows say where a thing faces (arms: where they pick up from), o: it faces nowhere, b. is a part of b"
_ARROWS = {0: "^", 4: ">", 8: "v", 12: "<"}
_FACINGS = {"^": 0, ">": 4, "v": 8, "<": 12, "o": 0}
_ENDPOINTS = {"source": "S", "sink": "K"}
_SETTINGS = ("power", "resources", "research")

Stamp = tuple[str, str | None]
"""What a symbol stands for: the name of an entity and its underground type."""

_PREFERRED: dict[Stamp, str] = {
    ("transport-belt", None): "b",
    ("fast-transport-belt", None): "f",
    ("express-transport-belt", None): "e",
    ("turbo-transport-belt", None): "t",
    ("underground-belt", "input"): "u",
    ("underground-belt", "output"): "n",
    ("fast-underground-belt", "input"): "U",
    ("fast-underground-belt", "output"): "N",
    ("splitter", None): "s",
    ("inserter", None): "i",
    ("burner-inserter", None): "j",
    ("long-handed-inserter", None): "l",
    ("fast-inserter", None): "q",
    ("bulk-inserter", None): "B",
    ("stack-inserter", None): "T",
    ("wooden-chest", None): "w",
    ("iron-chest", None): "c",
    ("steel-chest", None): "C",
    ("assembling-machine-1", None): "1",
    ("assembling-machine-2", None): "2",
    ("assembling-machine-3", None): "3",
    ("stone-furnace", None): "F",
    ("steel-furnace", None): "G",
    ("electric-furnace", None): "E",
    ("small-electric-pole", None): "p",
    ("medium-electric-pole", None): "m",
    ("big-electric-pole", None): "P",
    ("substation", None): "Q",
    ("beacon", None): "*",
    ("pipe", None): "-",
    ("pipe-to-ground", None): "_",
    ("chemical-plant", None): "H",
    ("lab", None): "L",
}


def _spare_symbols() -> Iterator[str]:
    """Letters for whatever has no symbol of its own; endless for all practical purposes."""
    taken = {*_PREFERRED.values(), *_ENDPOINTS.values()}
    letters = (*string.ascii_letters, *(chr(code) for code in range(0xC0, 0x3000)))
    return (letter for letter in letters if letter.isalpha() and letter not in taken)


def _symbols(factory: Factory) -> dict[Stamp, str]:
    """One symbol for every stamp of the factory, the preferred one if there is one."""
    spare = _spare_symbols()
    stamps = sorted({(entity.name, entity.underground_type) for entity in factory.entities}, key=str)
    return {stamp: _PREFERRED.get(stamp) or next(spare) for stamp in stamps}


class _Canvas:
    """The cells while they are drawn."""

    def __init__(self, factory: Factory) -> None:
        self.factory = factory
        self.rows = [[".."] * factory.width for _ in range(factory.height)]

    def put(self, what: str, x: int, y: int, cell: str, *, shared: bool = False) -> None:
        """Draw one cell; `shared` ones may lie on their like (two sources, one for each lane)."""
        if not (0 <= x < self.factory.width and 0 <= y < self.factory.height):
            raise FactoryError(f"{self.factory.id}: {what} reaches outside the factory, so it cannot be drawn as text")
        if self.rows[y][x] != ".." and not (shared and self.rows[y][x] == cell):
            raise FactoryError(f"{self.factory.id}: {what} overlaps at {x},{y}, so it cannot be drawn as text")
        self.rows[y][x] = cell


def _arrow(what: str, direction: int) -> str:
    if direction not in _ARROWS:
        raise FactoryError(f"{what} has direction {direction}, expected 0, 4, 8 or 12")
    return _ARROWS[direction]


def _draw_entity(canvas: _Canvas, entity: Entity, symbol: str) -> None:
    what = f"{entity.name} at {entity.x},{entity.y}"
    faces = entity.direction or load_table().entity(entity.name).rotatable
    width, height = size_of(entity.name, entity.direction)
    for y in range(entity.y, entity.y + height):
        for x in range(entity.x, entity.x + width):
            corner = (x, y) == (entity.x, entity.y)
            mark = (_arrow(what, entity.direction) if faces else "o") if corner else "."
            canvas.put(what, x, y, symbol + mark)


def _entity_details(factory: Factory) -> Iterator[str]:
    """`at x,y x,y ... {settings}`: entities with equal settings share a line."""
    groups: dict[str, list[str]] = {}
    for entity in factory.entities:
        raw = entity_to_json(entity)
        settings = {key: value for key, value in raw.items() if key not in ("name", "x", "y", "dir", "type")}
        if settings:
            groups.setdefault(json.dumps(settings), []).append(f"{entity.x},{entity.y}")
    for settings_text, places in groups.items():
        yield f"at {' '.join(places)} {settings_text}"


def _endpoint_details(canvas: _Canvas, raw: dict[str, Any]) -> Iterator[str]:
    """Draw the endpoints of a factory's mapping and say what the drawing cannot."""
    for kind, symbol in _ENDPOINTS.items():
        for endpoint in raw[f"{kind}s"]:
            place = "-"
            if "x" in endpoint:
                x, y, direction = endpoint.pop("x"), endpoint.pop("y"), endpoint.pop("dir", None)
                what = f"{kind} {endpoint['id']}"
                cell = symbol + ("o" if direction is None else _arrow(what, direction))
                canvas.put(what, x, y, cell, shared=kind == "source")
                place = f"{x},{y}"
            yield f"{kind} {place} {json.dumps(endpoint)}"


def _order(entities: Sequence[Entity]) -> Iterator[str]:
    """`order n n ...`: which entity of the drawing, row by row, comes first, second and so on; only if not in order."""
    drawn = sorted(range(len(entities)), key=lambda index: (entities[index].y, entities[index].x))
    if drawn != sorted(drawn):
        places = {index: place for place, index in enumerate(drawn)}
        yield "order " + " ".join(str(places[index]) for index in range(len(entities)))


def to_text(factory: Factory) -> str:
    """The factory as text; raises FactoryError for one that cannot be drawn (overlaps, or leaves its rectangle)."""
    symbols = _symbols(factory)
    canvas = _Canvas(factory)
    for entity in factory.entities:
        _draw_entity(canvas, entity, symbols[entity.name, entity.underground_type])
    raw = factory_to_json(factory)
    details = [
        *_endpoint_details(canvas, raw),
        *_entity_details(factory),
        *_order(factory.entities),
        *(f"{key} {json.dumps(raw[key])}" for key in _SETTINGS if key in raw and raw[key] != {"mode": "unlimited"}),
    ]
    lines = [HEADER, f"id {json.dumps(factory.id)}", f"size {factory.width} {factory.height}", _NOTE]
    lines += [" ".join(row) for row in canvas.rows]
    lines += ["legend", *(f"{symbol} {name}{f' {kind}' if kind else ''}" for (name, kind), symbol in symbols.items())]
    return "\n".join([*lines, "details", *details]) + "\n"


class _Lines:
    """The lines of a text, taken one by one; errors name the line."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()
        self.number = 0

    def fail(self, problem: str) -> NoReturn:
        raise FactoryError(f"text grid, line {self.number}: {problem} (see docs/formats.md, Text grids)")

    def take(self) -> str:
        """The next line that is neither blank nor a comment; fails at the end."""
        while self.number < len(self.lines):
            self.number += 1
            line = self.lines[self.number - 1].strip()
            if line and not line.startswith("#"):
                return line
        self.number += 1
        return self.fail("the text ends too early")

    def rest(self) -> Iterator[str]:
        """Every further line."""
        while any(line.strip() and not line.lstrip().startswith("#") for line in self.lines[self.number :]):
            yield self.take()

    def after(self, word: str) -> str:
        """What follows `word` on the next line; fails when it starts with another word."""
        line = self.take()
        if line.split(" ")[0] != word:
            self.fail(f"found {line[:40]!r}, expected {word!r}")
        return line[len(word) :].strip()

    def json(self, text: str, kind: type) -> Any:
        """A JSON value of the current line, which must be of `kind`."""
        try:
            value = json.loads(text)
        except json.JSONDecodeError as error:
            self.fail(f"{text[:40]!r} is not JSON: {error}")
        if not isinstance(value, kind):
            self.fail(f"{text[:40]!r} is not a JSON {kind.__name__}")
        return value


def _parse_cells(lines: _Lines, width: int, height: int) -> list[list[str]]:
    rows = [lines.take().split() if width else [] for _ in range(height)]
    for row in rows:
        if len(row) != width or any(len(cell) != 2 for cell in row):
            lines.fail(f"the drawing has {' '.join(row)[:40]!r}, expected {width} cells of two characters")
    return rows


def _parse_legend(lines: _Lines) -> dict[str, Stamp]:
    lines.after("legend")
    symbols: dict[str, Stamp] = {}
    while (line := lines.take()) != "details":
        symbol, *words = line.split()
        if len(words) not in (1, 2):
            lines.fail(f"found {line[:40]!r}, expected a symbol, a name and perhaps input or output")
        symbols[symbol] = (words[0], words[1] if len(words) == 2 else None)
    return symbols


def _parse_entities(lines: _Lines, cells: list[list[str]], symbols: dict[str, Stamp]) -> list[dict[str, Any]]:
    """Mappings of the drawn entities, row by row."""
    entities: list[dict[str, Any]] = []
    for y, row in enumerate(cells):
        for x, cell in enumerate(row):
            symbol, mark = cell[0], cell[1]
            if mark == "." or symbol in _ENDPOINTS.values():
                continue
            if symbol not in symbols or mark not in _FACINGS:
                lines.fail(f"the cell {cell!r} at {x},{y} is not in the legend or has no facing")
            name, underground_type = symbols[symbol]
            entities.append({"name": name, "x": x, "y": y, "dir": _FACINGS[mark], "type": underground_type})
    return entities


def _place(lines: _Lines, text: str) -> tuple[int, int]:
    x, comma, y = text.partition(",")
    if not (comma and x.isdecimal() and y.isdecimal()):
        lines.fail(f"found {text!r}, expected a tile such as 3,4")
    return int(x), int(y)


def _parse_endpoint(lines: _Lines, cells: list[list[str]], symbol: str, line: str) -> dict[str, Any]:
    place, _, settings = line.partition(" ")
    raw: dict[str, Any] = lines.json(settings, dict)
    if place == "-":
        return raw
    x, y = _place(lines, place)
    cell = cells[y][x] if y < len(cells) and x < len(cells[y]) else ""
    if cell[:1] != symbol or cell[1:] not in _FACINGS:
        lines.fail(f"the drawing has {cell!r} at {x},{y}, expected {symbol!r} and a facing")
    return raw | {"x": x, "y": y, "dir": _FACINGS[cell[1]]}


def _settle(lines: _Lines, entities: list[dict[str, Any]], line: str) -> None:
    """Give the entities of an `at` line their settings."""
    places, brace, settings = line.partition("{")
    raw = lines.json(brace + settings, dict)
    at = {(entity["x"], entity["y"]): entity for entity in entities}
    for text in places.split():
        place = _place(lines, text)
        if place not in at:
            lines.fail(f"no entity has its top-left tile at {text}")
        at[place].update(raw)


def _reordered(lines: _Lines, entities: list[dict[str, Any]], line: str) -> list[dict[str, Any]]:
    order = [int(word) if word.isdecimal() else -1 for word in line.split()]
    if sorted(order) != list(range(len(entities))):
        lines.fail(f"the order must name each of 0 to {len(entities) - 1} once")
    return [entities[place] for place in order]


def _parse_details(lines: _Lines, cells: list[list[str]], raw: dict[str, Any]) -> None:
    for line in lines.rest():
        word, _, rest = line.partition(" ")
        if word in _ENDPOINTS:
            raw[f"{word}s"].append(_parse_endpoint(lines, cells, _ENDPOINTS[word], rest))
        elif word == "at":
            _settle(lines, raw["entities"], rest)
        elif word == "order":
            raw["entities"] = _reordered(lines, raw["entities"], rest)
        elif word in _SETTINGS:
            raw[word] = lines.json(rest, list if word == "resources" else dict)
        else:
            lines.fail(f"found {line[:40]!r}, expected source, sink, at, order, {', '.join(_SETTINGS)}")


def from_text(text: str) -> Factory:
    """The factory of a text grid; raises FactoryError naming the line that is wrong."""
    lines = _Lines(text)
    if lines.take() != HEADER:
        lines.fail(f"expected {HEADER!r}")
    identity = lines.json(lines.after("id"), str)
    size = [int(word) for word in lines.after("size").split() if word.isdecimal()]
    if len(size) != 2:
        lines.fail("expected size WIDTH HEIGHT")
    cells = _parse_cells(lines, *size)
    symbols = _parse_legend(lines)
    raw = {"id": identity, "size": size, "sources": [], "sinks": [], "entities": _parse_entities(lines, cells, symbols)}
    _parse_details(lines, cells, raw)
    return factory_from_json(raw)
