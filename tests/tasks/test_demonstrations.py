"""Orders in which a builder would put entities back."""

from __future__ import annotations

import numpy as np
import pytest

from factorion_cli.factory import Factory
from factorion_cli.factory.geometry import EAST, NORTH, SOUTH, WEST
from factorion_cli.tasks import removal
from factorion_cli.tasks.demonstrations import building_order
from tests.tasks import designs


def built(factory: Factory, seed: int = 0) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    return building_order(factory, range(len(factory.entities)), np.random.default_rng(seed))


def kinds(factory: Factory) -> list[str | None]:
    order, _ = built(factory)
    return [removal.kind_of(factory.entities[index]) for index in order]


def test_machines_come_before_arms_before_belts_before_poles():
    expected = ["machine", "inserter", "inserter", *["belt"] * 10, "pole"]
    assert kinds(designs.powered_gear_cell()) == expected


def test_belts_are_laid_along_their_flow():
    line = designs.design(*reversed(designs.line(0, 0, EAST, 6)))
    order, alternatives = built(line)
    assert order == (5, 4, 3, 2, 1, 0)
    assert set(alternatives) == {()}


def test_what_waits_for_nothing_would_have_been_as_good():
    two_lines = designs.design(*designs.line(0, 0, EAST, 2), *designs.line(0, 3, EAST, 2))
    order, alternatives = built(two_lines)
    assert order in ((0, 1, 2, 3), (2, 3, 0, 1))
    assert alternatives[0] == ((2,) if order[0] == 0 else (0,))
    assert alternatives[3] == ()


def test_an_arm_is_an_alternative_only_when_its_machine_stands():
    cell = designs.gear_cell()
    order, alternatives = built(cell)
    arms = {index for index, entity in enumerate(cell.entities) if entity.name == "inserter"}
    assert cell.entities[order[0]].name == "assembling-machine-1"
    assert arms.isdisjoint(alternatives[0])
    assert arms - {order[1]} <= set(alternatives[1])


def test_a_ring_of_belts_is_begun_somewhere():
    ring = designs.design(
        *designs.line(0, 0, EAST, 2),
        *designs.line(2, 0, SOUTH, 2),
        *designs.line(2, 2, WEST, 2),
        *designs.line(0, 2, NORTH, 2),
    )
    order, _ = built(ring)
    assert sorted(order) == list(range(8))


@pytest.mark.parametrize("make", [designs.smelter_column, designs.cable_and_circuits, designs.two_by_two])
def test_every_order_is_a_permutation_and_what_is_chosen_waits_for_nothing(make):
    factory = make()
    missing = [1, 2, 3, 5]
    order, alternatives = building_order(factory, missing, np.random.default_rng(2))
    assert sorted(order) == missing
    for step, others in enumerate(alternatives):
        assert set(others) <= set(order[step + 1 :])
