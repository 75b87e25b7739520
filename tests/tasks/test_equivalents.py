"""How many placements would do as well. The simulator is real."""

from __future__ import annotations

from dataclasses import replace

from factorion_cli.factory import Entity, Factory, Power
from factorion_cli.tasks import infer_endpoints
from factorion_cli.tasks.equivalents import count_equivalents
from tests.tasks import designs


def _indices(factory: Factory, name: str) -> list[int]:
    return [index for index, entity in enumerate(factory.entities) if entity.name == name]


def test_an_arm_beside_a_long_machine_may_stand_at_three_tiles():
    cell = infer_endpoints(designs.gear_cell())
    into, _ = _indices(cell, "inserter")
    assert count_equivalents(cell, [into]) == [3]


def test_a_belt_is_known_to_fit_only_where_it_was():
    cell = infer_endpoints(designs.gear_cell())
    assert count_equivalents(cell, _indices(cell, "transport-belt")[:2]) == [1, 1]


def test_a_pole_may_stand_wherever_it_still_reaches_everything():
    cell = replace(infer_endpoints(designs.powered_gear_cell()), power=Power("poles"))
    (count,) = count_equivalents(cell, _indices(cell, "medium-electric-pole"))
    assert count > 1


def test_what_delivers_nothing_is_not_counted():
    idle = Factory(5, 5, (Entity("inserter", 1, 1),))
    assert count_equivalents(idle, [0]) == [0]
