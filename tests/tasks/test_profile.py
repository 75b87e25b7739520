"""What a factory does, as measured."""

from __future__ import annotations

import pytest

from factorion_cli import simulation
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.geometry import EAST
from factorion_cli.tasks import infer_endpoints
from factorion_cli.tasks.profile import Profile, profile_of
from tests.tasks import designs


def measured(design: Factory, label: str = "") -> Profile:
    factory = infer_endpoints(design)
    return profile_of(factory, simulation.throughput([factory])[0], label)


def test_a_gear_cell_makes_gears_of_iron_as_fast_as_its_arm_can():
    profile = measured(designs.gear_cell())
    assert (profile.inputs, profile.outputs) == (("iron-plate",), ("iron-gear-wheel",))
    assert (profile.category, profile.bottleneck) == ("production", "arm")
    # A gear takes a second in an assembling machine 1 of speed 0.5.
    assert profile.throughput == pytest.approx(profile.utilisation) == pytest.approx(0.469, abs=0.001)


def test_power_is_drain_and_work_as_the_simulator_watched_it():
    factory = infer_endpoints(designs.cable_and_circuits())
    watched = simulation.throughput([factory], details=True)[0]
    parts = [(factory.entities[part.entity].prototype.energy, part.utilisation) for part in watched.machines]
    parts += [(factory.entities[arm.entity].prototype.energy, arm.busy) for arm in watched.arms or ()]
    watts = sum(energy.drain_w + energy.power_w * share for energy, share in parts if energy is not None)
    assert profile_of(factory, watched).power_kw == pytest.approx(watts / 1000, rel=0.15)


def test_beacons_draw_power_all_the_time():
    lit = infer_endpoints(designs.gear_cell().adding(Entity("beacon", 20, 2)))
    result = simulation.throughput([lit])[0]
    assert profile_of(lit, result).power_kw == pytest.approx(measured(designs.gear_cell()).power_kw + 480)


def test_the_category_follows_what_arrives_rather_than_what_most_machines_do():
    circuits = measured(designs.cable_and_circuits())
    assert (circuits.category, circuits.outputs) == ("circuits", ("electronic-circuit",))
    assert measured(designs.smelter_column("Copper smelting")).category == "smelting"


def test_a_balancer_is_limited_by_its_belts_and_has_no_machines():
    profile = measured(designs.two_by_two())
    assert (profile.utilisation, profile.power_kw) == (0.0, 0.0)
    assert profile.bottleneck in ("belt", "source")


def test_raw_cost_counts_what_lies_in_the_ground():
    belts = measured(designs.design(*designs.line(0, 0, EAST, 4)))
    # A craft gives two belts for an iron plate and a gear of two plates.
    assert belts.raw_cost == pytest.approx(4 * 1.5)


def test_confidence_is_that_of_the_least_sure_endpoint():
    factory = infer_endpoints(designs.gear_cell())
    result = simulation.throughput([factory])[0]
    marks = [{"id": "source-0", "confidence": 0.6}, {"id": "sink-0", "confidence": 0.9}]
    assert profile_of(Factory(**_fields(factory, marks)), result).confidence == 0.6
    assert profile_of(Factory(**_fields(factory, [])), result).confidence == 1.0


def _fields(factory: Factory, marks: list[dict[str, object]]) -> dict[str, object]:
    fields = {name: getattr(factory, name) for name in Factory.__slots__}
    return {**fields, "metadata": {"endpoints": marks}}
