"""From-markers tasks that every player has solved: cells of a base, with markers where a known design has them."""

from __future__ import annotations

from collections.abc import Callable

from factorion_cli.factory import Factory, Power, Sink, Source
from factorion_cli.factory.entity import Lanes
from factorion_cli.factory.geometry import EAST, SOUTH
from factorion_cli.tasks.markers import TASK_KEY, MarkerTask, marker_task

CROSSED = ("iron-plate", "copper-plate", "steel-plate", "stone-brick"), ("coal", "plastic-bar", "sulfur", "battery")


def cell(name: str) -> MarkerTask:
    """The task of a cell, which is named as in CELLS."""
    return marker_task(CELLS[name]())


def _source(number: int, x: int, y: int, item: str, direction: int = EAST, lanes: Lanes = "both") -> Source:
    return Source(f"S{number}", "belt", x, y, item, direction, lanes)


def _site(name: str, size: tuple[int, int], sources: tuple[Source, ...], sinks: tuple[Sink, ...], more: str) -> Factory:
    allowed = ["basic", more] if more else "basic"
    power = Power("poles" if more else "unlimited")
    return Factory(*size, (), sources, sinks, name, power, metadata={TASK_KEY: {"allowed": allowed}})


def _gears() -> Factory:
    """A full belt of iron plates becomes 7.5 gears a second: eight assembling-machine-1."""
    sink = Sink("K0", "belt", 25, 6, "iron-gear-wheel", EAST)
    return _site("gears", (26, 7), (_source(0, 0, 0, "iron-plate"),), (sink,), "fast-inserter")


def _circuits() -> Factory:
    """Green circuits: three machines of cables feed two of circuits, 2 a second."""
    sources = (_source(0, 0, 0, "copper-plate"), _source(1, 0, 11, "iron-plate"))
    sink = Sink("K0", "belt", 10, 10, "electronic-circuit", EAST)
    return _site("circuits", (11, 12), sources, (sink,), "fast-inserter")


def _red_science() -> Factory:
    """Ten machines of red science live on one of gears, 1 a second."""
    sources = (_source(0, 0, 7, "iron-plate"), _source(1, 0, 9, "copper-plate"))
    sink = Sink("K0", "belt", 21, 5, "automation-science-pack", EAST)
    return _site("red-science", (22, 10), sources, (sink,), "fast-inserter")


def _green_science() -> Factory:
    """Six machines of green science with one of inserters and one of belts, 0.5 a second."""
    sources = (
        _source(0, 0, 4, "iron-plate", lanes="left"),
        _source(1, 0, 4, "iron-gear-wheel", lanes="right"),
        _source(2, 0, 1, "electronic-circuit"),
    )
    sink = Sink("K0", "belt", 16, 5, "logistic-science-pack", EAST)
    return _site("green-science", (17, 10), sources, (sink,), "fast-inserter")


def _smelting() -> Factory:
    """A column of 24 electric furnaces turns a full yellow belt of ore into a full belt of plates, 15 a second."""
    sink = Sink("K0", "belt", 37, 5, "iron-plate", EAST)
    return _site("smelting", (38, 10), (_source(0, 0, 4, "iron-ore"),), (sink,), "electric-furnace")


def _crossing() -> Factory:
    """Four full belts cross four others, 120 items a second."""
    across, down = CROSSED
    sources = tuple(_source(number, 0, 3 + number, item) for number, item in enumerate(across))
    sources += tuple(_source(4 + number, 3 + number, 0, item, SOUTH) for number, item in enumerate(down))
    sinks = tuple(Sink(f"K{number}", "belt", 9, 3 + number, item, EAST) for number, item in enumerate(across))
    sinks += tuple(Sink(f"K{4 + number}", "belt", 3 + number, 9, item, SOUTH) for number, item in enumerate(down))
    return _site("crossing", (10, 10), sources, sinks, "")


CELLS: dict[str, Callable[[], Factory]] = {
    "gears": _gears,
    "circuits": _circuits,
    "red-science": _red_science,
    "green-science": _green_science,
    "smelting": _smelting,
    "crossing": _crossing,
}
"""The cells by name."""
