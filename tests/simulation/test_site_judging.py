"""Which states a glance at what was put down tells: what changes nothing, and what leaves sinks cut off."""

import numpy as np
import pytest

from factorion_cli.factory import Entity, Factory, Power, Sink, Source
from factorion_cli.simulation.site_scoring import SiteScorer, States
from factorion_cli.simulation.sites import Sites


def is_known(start: Factory, *added: Entity) -> bool:
    """Whether it is told without the engine that a factory delivers with something added what it does without."""
    sites = Sites()
    placed = [[(sites.piece(entity, start) + entity.direction // 4, entity.x, entity.y) for entity in added]]
    states = States(np.array([sites.site(start)]), np.array(placed, np.int32), np.array([len(added)]))
    alike = np.zeros(1, bool)
    SiteScorer().judge(sites.tables(), states, np.arange(1), alike, 0, 1)
    return bool(alike[0])


def line(*more: Entity, gap: bool = False, power: Power | None = None) -> Factory:
    """Ore by belt from west to east, through y = 4; with a gap the belt at x = 5 is missing."""
    belts = [Entity("transport-belt", x, 4, 4) for x in range(1, 11) if not gap or x != 5]
    source, sink = Source("S", "belt", 0, 4, "iron-ore", 4), Sink("K", "belt", 11, 4, "iron-ore", 4)
    return Factory(12, 12, (*belts, *more), (source,), (sink,), power=power or Power())


def taken(pole: tuple[Entity, ...] = ()) -> Factory:
    """Ore from a chest by an arm into another one, where poles give power."""
    arm, source, sink = Entity("inserter", 5, 2, 12), Source("S", "chest", 4, 2, "iron-ore"), Sink("K", "chest", 6, 2)
    return Factory(20, 12, (arm, *pole), (source,), (sink,), power=Power("poles"))


@pytest.mark.parametrize(
    ("added", "known"),
    [
        (Entity("transport-belt", 5, 8, 0), True),
        (Entity("transport-belt", 5, 3, 4), True),
        (Entity("transport-belt", 5, 3, 8), False),
        (Entity("transport-belt", 5, 5, 8), True),
        (Entity("splitter", 5, 5, 8), True),
        (Entity("splitter", 5, 3, 0), True),
        (Entity("splitter", 5, 3, 8), False),
        (Entity("inserter", 5, 3, 0), False),
        (Entity("inserter", 5, 2, 0), True),
        (Entity("long-handed-inserter", 5, 2, 0), False),
        (Entity("assembling-machine-1", 5, 1, recipe="iron-gear-wheel"), True),
        (Entity("wooden-chest", 5, 3), True),
        (Entity("underground-belt", 5, 8, 4, "input"), True),
        (Entity("medium-electric-pole", 5, 5), True),
        (Entity("beacon", 8, 8), False),
    ],
)
def test_what_meets_nothing_changes_nothing(added: Entity, known: bool):
    assert is_known(line(), added) is known


def test_what_an_arm_reaches_for_counts():
    start = line(Entity("inserter", 5, 5, 0))
    assert not is_known(start, Entity("wooden-chest", 5, 6))
    assert is_known(start, Entity("wooden-chest", 6, 6))


def test_undergrounds_that_may_find_each_other_count():
    start = line(Entity("underground-belt", 2, 8, 4, "input"))
    assert not is_known(start, Entity("underground-belt", 6, 8, 4, "output"))
    assert is_known(start, Entity("underground-belt", 8, 8, 4, "output"))
    assert is_known(start, Entity("transport-belt", 6, 8, 4))


def test_things_that_meet_each_other_count():
    chest, arm = Entity("wooden-chest", 5, 8), Entity("inserter", 6, 8, 12)
    assert is_known(line(), chest)
    assert is_known(line(), arm)
    assert not is_known(line(), chest, arm)
    assert is_known(line(), chest, Entity("inserter", 8, 8, 12))


def test_nothing_comes_through_a_gap_but_by_what_fills_it():
    start = line(gap=True)
    assert is_known(start, Entity("transport-belt", 3, 3, 8))
    assert is_known(start, Entity("transport-belt", 5, 3, 8))
    assert not is_known(start, Entity("transport-belt", 5, 4, 4))
    assert not is_known(start, Entity("transport-belt", 5, 4, 8), Entity("transport-belt", 6, 3, 8))


def test_a_pole_counts_where_something_waits_for_power():
    here, away = Entity("medium-electric-pole", 5, 4), Entity("medium-electric-pole", 15, 4)
    assert not is_known(taken(), here)
    assert is_known(taken(), away)
    assert is_known(taken((Entity("medium-electric-pole", 4, 0),)), here)


def test_what_has_no_power_brings_nothing_to_a_sink():
    aside = Entity("inserter", 4, 3, 0), Entity("wooden-chest", 4, 4)
    assert is_known(taken(), *aside)
    assert not is_known(taken((Entity("medium-electric-pole", 7, 0),)), *aside)
