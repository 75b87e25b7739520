"""Production cells: what a piece of a large design is made of."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.geometry import EAST, NORTH, SOUTH
from factorion_cli.simulation import throughput
from factorion_cli.tasks import cut_windows, infer_endpoints
from tests.tasks import designs


def moved(design: Factory, x: int, y: int = 0) -> tuple[Entity, ...]:
    return tuple(replace(entity, x=entity.x + x, y=entity.y + y) for entity in design.entities)


def gear_row(machines: int, lead: int = 0) -> Factory:
    """Gear machines side by side between a belt of iron above and one of gears below."""
    length = 3 * machines + 2 * lead
    row = [
        part
        for number in range(machines)
        for x in (lead + 3 * number,)
        for part in (
            Entity("inserter", x + 1, 1, NORTH),
            Entity("assembling-machine-1", x, 2, recipe="iron-gear-wheel"),
            Entity("inserter", x + 1, 5, NORTH),
        )
    ]
    return designs.design(*designs.line(0, 0, EAST, length), *row, *designs.line(0, 6, EAST, length))


def names(piece: Factory) -> Counter[str]:
    return Counter(entity.name for entity in piece.entities)


@pytest.mark.parametrize("window", [11, 16, 32, 64])
def test_every_piece_of_a_long_row_makes_what_the_row_makes(window: int):
    pieces = [infer_endpoints(piece) for piece in cut_windows(gear_row(40), window)]
    assert pieces
    for piece in pieces:
        assert max(piece.width, piece.height) <= window
        assert {source.item for source in piece.sources} == {"iron-plate"}
        assert {sink.item for sink in piece.sinks} == {"iron-gear-wheel"}
    assert all(result.throughput > 0.4 for result in throughput(pieces))


def test_machines_come_with_both_arms():
    for piece in cut_windows(gear_row(40), 32):
        assert names(piece)["inserter"] == 2 * names(piece)["assembling-machine-1"] > 0


def test_leads_end_two_tiles_outside_the_cell():
    (piece,) = cut_windows(gear_row(2, lead=20), 32)
    assert piece.width == 2 * 3 - 2 + 2 * 2 + 2
    assert piece.metadata["window"] == [20 - 2, 0]


def test_machines_that_hand_things_over_stay_together():
    row = [entity for number in range(6) for entity in moved(designs.cable_and_circuits(), 13 * number)]
    wide = designs.design(*row, *designs.line(0, 6, EAST, 80), Entity("inserter", 3, 4, SOUTH))
    wide = designs.design(*wide.entities, *(Entity("small-lamp", x, 4) for x in range(10, 80, 2)))
    pieces = cut_windows(wide, 16)
    assert pieces
    for piece in pieces:
        recipes = Counter(entity.recipe for entity in piece.entities if entity.recipe)
        assert recipes["copper-cable"] == recipes["electronic-circuit"] > 0


def test_lines_that_serve_no_machine_of_the_cell_stay_outside():
    row = gear_row(20)
    bus = designs.design(*row.entities, *designs.line(0, 8, EAST, 60, "fast-transport-belt"))
    assert all(names(piece)["fast-transport-belt"] == 0 for piece in cut_windows(bus, 32))


def test_an_underground_that_leaves_the_cell_keeps_both_ends():
    row = gear_row(2)
    out = row.adding(
        Entity("underground-belt", 6, 6, EAST, "input"),
        Entity("underground-belt", 11, 6, EAST, "output"),
        *designs.line(12, 6, EAST, 30),
    )
    (piece,) = cut_windows(designs.design(*out.entities), 32)
    assert {entity.underground_type for entity in piece.entities} == {None, "input", "output"}


def test_poles_beacons_and_pipes_come_along_where_they_serve():
    row = gear_row(20).adding(
        Entity("medium-electric-pole", 4, 7),
        Entity("beacon", 0, 7, modules=("speed-module",)),
        Entity("beacon", 30, 20, modules=("speed-module",)),
        Entity("pipe", 5, 8),
    )
    first = cut_windows(designs.design(*row.entities, *designs.line(0, 22, EAST, 60)), 16)[0]
    assert (names(first)["medium-electric-pole"], names(first)["beacon"], names(first)["pipe"]) == (1, 1, 0)


def test_pieces_do_not_depend_on_the_order_of_entities():
    row = gear_row(25)
    backwards = row.with_entities(reversed(row.entities))
    pieces, others = ({frozenset(piece.entities) for piece in cut_windows(made, 16)} for made in (row, backwards))
    assert pieces == others


def test_a_large_balancer_is_cut_around_its_splitters():
    rows = [Entity("splitter", x, y, EAST) for x in range(0, 60, 3) for y in (0, 2)]
    belts = [Entity("transport-belt", x + step, y, EAST) for x in range(0, 60, 3) for y in range(4) for step in (1, 2)]
    pieces = cut_windows(designs.design(*rows, *belts), 32)
    assert pieces
    assert all(names(piece)["splitter"] >= 4 for piece in pieces)


def test_fields_of_panels_are_cut_by_a_grid():
    field = designs.design(*(Entity("solar-panel", 3 * x, 3 * y) for x in range(20) for y in range(4)))
    assert cut_windows(field, 32)


def test_a_cell_is_one_connected_whole():
    # Two rows on one belt that goes round far outside the window: together they would be two strangers in one piece.
    cell = designs.gear_cell().entities
    below = tuple(replace(entity, y=entity.y + 12) for entity in cell)
    loop = [
        *designs.line(5, 6, EAST, 45), *designs.line(50, 6, SOUTH, 6), *designs.line(50, 12, 12, 50),
    ]  # fmt: skip
    below = tuple(entity for entity in below if entity.name != "transport-belt" or entity.y == 18)
    pieces = cut_windows(designs.design(*cell, *loop, *below), 32)
    assert [names(piece)["assembling-machine-1"] for piece in pieces] == [1, 1]


def test_belts_lead_to_cells_that_fill_the_window():
    for piece in map(infer_endpoints, cut_windows(gear_row(40), 32)):
        assert all(source.x == 0 for source in piece.sources)
        assert all("open end" in mark["reason"] for mark in piece.metadata["endpoints"])
