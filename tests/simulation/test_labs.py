"""Labs and the rocket silo."""

import pytest

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.simulation import SimulationResult, throughput
from factorion_cli.simulation.labs import packs_in_reach
from factorion_cli.simulation.wiring import wire

RED, GREEN = "automation-science-pack", "logistic-science-pack"


def _lab(name: str = "lab", packs: tuple[str, ...] = (RED,), **more: object) -> SimulationResult:
    """A lab with an arm and a chest for each pack."""
    research = more.pop("research", {})
    lab = Entity(name, 0, 2, **more)  # type: ignore[arg-type]
    arms = tuple(Entity("fast-inserter", x, 1, 0) for x in range(len(packs)))
    sources = tuple(Source(pack, "chest", x, 0, pack) for x, pack in enumerate(packs))
    return throughput([Factory(8, 8, (lab, *arms), sources, research=research)])[0]  # type: ignore[arg-type]


def test_a_lab_uses_one_pack_of_each_kind_a_minute() -> None:
    machine = _lab(packs=(RED, GREEN)).machines[0]
    assert machine.recipe == "research"
    assert dict(machine.uses) == pytest.approx({RED: 1 / 60, GREEN: 1 / 60})


def test_a_lab_uses_only_packs_that_can_reach_it() -> None:
    factory = Factory(
        12,
        8,
        (Entity("lab", 0, 2), Entity("lab", 6, 2), Entity("inserter", 1, 1, 0), Entity("inserter", 7, 1, 0)),
        (Source("A", "chest", 1, 0, RED), Source("B", "chest", 7, 0, GREEN)),
    )
    assert packs_in_reach(factory, wire(factory)) == {0: (RED,), 1: (GREEN,)}


def test_the_filter_of_an_arm_keeps_packs_away() -> None:
    factory = Factory(
        4,
        6,
        (Entity("lab", 0, 2), Entity("inserter", 1, 1, 0, filters=(GREEN,)), Entity("inserter", 2, 1, 0)),
        (Source("A", "chest", 1, 0, RED), Source("B", "chest", 2, 0, GREEN)),
    )
    assert packs_in_reach(factory, wire(factory)) == {0: (GREEN,)}


def test_labs_pass_packs_on() -> None:
    factory = Factory(
        12,
        8,
        (Entity("lab", 0, 2), Entity("inserter", 3, 3, 12), Entity("lab", 4, 2), Entity("inserter", 1, 1, 0)),
        (Source("A", "chest", 1, 0, RED),),
    )
    assert [machine.utilisation for machine in throughput([factory])[0].machines] == pytest.approx([1, 1])


def test_an_arm_takes_no_packs_out_of_a_lab_for_a_chest() -> None:
    factory = Factory(
        12,
        8,
        (Entity("lab", 0, 2), Entity("inserter", 3, 3, 12), Entity("inserter", 1, 1, 0)),
        (Source("A", "chest", 1, 0, RED),),
        (Sink("K", "chest", 4, 3),),
    )
    assert throughput([factory])[0].rate("K") == 0


@pytest.mark.parametrize(
    ("more", "per_minute"),
    [
        ({"quality": "legendary"}, 2.5 * 0.95),
        ({"modules": ("speed-module-3", "speed-module-3")}, 2),
        ({"name": "biolab"}, 2 / 2),
        ({"research": {"laboratory_speed_modifier": 0.5}}, 1.5),
        ({"research": {"research_unit_seconds": 30}}, 2),
    ],
)
def test_quality_modules_and_research_change_what_a_lab_uses(more: dict[str, object], per_minute: float) -> None:
    machine = _lab(**more).machines[0]  # type: ignore[arg-type]
    assert machine.uses[RED] * 60 == pytest.approx(per_minute, rel=1e-3)


def test_a_lab_without_packs_waits() -> None:
    assert _lab(packs=()).machines[0].waits_for == "recipe"


def test_a_rocket_silo_goes_on_rocket_after_rocket() -> None:
    names = ("processing-unit", "low-density-structure", "rocket-fuel")
    arms = tuple(Entity("bulk-inserter", 2 * x, 1, 0) for x in range(3))
    sources = tuple(Source(name, "chest", 2 * x, 0, name) for x, name in enumerate(names))
    factory = Factory(12, 12, (Entity("rocket-silo", 0, 2), *arms), sources)
    machine = throughput([factory], warmup_ticks=60_000)[0].machines[0]
    assert (machine.recipe, machine.utilisation) == ("rocket-part", 1)
    assert machine.rates["rocket-part"] == pytest.approx(1 / 3)
