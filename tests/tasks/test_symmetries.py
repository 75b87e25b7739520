"""Which symmetries leave a factory's throughput as it is. The simulator is real."""

from __future__ import annotations

import pytest

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.geometry import EAST, NORTH, WEST
from factorion_cli.factory.symmetry import mirror, rotate
from factorion_cli.simulation import throughput
from factorion_cli.tasks import infer_endpoints
from factorion_cli.tasks.symmetries import ALL_SYMMETRIES, ROTATIONS, invariant_symmetries
from tests.tasks import designs


def images(factory: Factory) -> list[Factory]:
    """The factory in the eight symmetries, rotations first."""
    return [rotate(image, turns) for image in (factory, mirror(factory)) for turns in range(4)]


def rates(factory: Factory) -> list[float]:
    return [float(result.throughput) for result in throughput(images(factory), warmup_ticks=1800, measure_ticks=1800)]


def arm_along_a_belt_into_a_half_open_entrance() -> Factory:
    """An arm lays plates on the right lane of the belt it points along, which meets an underground from the side.

    The entrance takes from the side only the lane on its open half; the mirror image offers it the other one.
    """
    return Factory(
        4,
        5,
        (
            Entity("inserter", 1, 4, WEST),
            Entity("transport-belt", 2, 4, EAST),
            Entity("underground-belt", 3, 4, NORTH, underground_type="input"),
            Entity("underground-belt", 3, 1, NORTH, underground_type="output"),
        ),
        (Source("plates", "chest", 0, 4, "iron-plate"),),
        (Sink("out", "belt", 3, 0, "iron-plate", NORTH),),
    )


@pytest.mark.parametrize("make", [designs.gear_cell, designs.smelter_column, designs.two_by_two, designs.steel_chain])
def test_all_eight_leave_the_rate_where_no_arm_works_along_a_belt(make):
    factory = infer_endpoints(make())
    assert invariant_symmetries(factory) == ALL_SYMMETRIES
    found = rates(factory)
    assert found[0] > 0
    assert found == pytest.approx([found[0]] * 8, rel=0.01)


def test_an_arm_along_a_belt_tells_a_factory_from_its_mirror_image():
    factory = arm_along_a_belt_into_a_half_open_entrance()
    assert invariant_symmetries(factory) == ROTATIONS
    found = rates(factory)
    assert found[:4] == [found[0]] * 4
    assert found[4:] == [found[4]] * 4
    assert sorted({found[0], found[4]})[0] == 0 < max(found)


def test_a_machine_that_is_piped_is_only_turned():
    piped = Factory(5, 5, (Entity("chemical-plant", 1, 1, NORTH, recipe="sulfur"),))
    assert invariant_symmetries(piped) == ROTATIONS
    assumed = Factory(5, 5, (Entity("chemical-plant", 1, 1, NORTH, recipe="sulfur", fluid="unlimited"),))
    assert invariant_symmetries(assumed) == ALL_SYMMETRIES
