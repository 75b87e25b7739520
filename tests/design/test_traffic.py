"""What can come where in a design, item by item."""

from factorion_cli.design.traffic import Traffic
from factorion_cli.factory import Entity, Factory, Sink, Source

GEARS = Factory(
    12,
    5,
    sources=(Source("in", "belt", 0, 1, "iron-plate", 4),),
    sinks=(Sink("out", "belt", 7, 1, "iron-gear-wheel", 4),),
    entities=(
        Entity("inserter", 1, 1, 12),
        Entity("assembling-machine-1", 2, 0, recipe="iron-gear-wheel"),
        Entity("inserter", 5, 1, 12),
        Entity("transport-belt", 6, 1, 4),
    ),
)


def _strays(*entities: Entity) -> list[str]:
    return list(Traffic(GEARS.adding(*entities)).strays())


def test_what_leads_from_a_source_to_a_sink_is_useful_and_astray_is_nothing():
    assert Traffic(GEARS).useful() == {0, 1, 2, 3}
    assert _strays() == []


def test_an_item_on_a_belt_to_nobody_is_astray_also_underground():
    belt = (Entity("inserter", 3, 3, 0), Entity("underground-belt", 3, 4, 4, "input"))
    assert _strays(*belt) == ["iron-gear-wheel can come to 3,4, where nobody wants it"]
    end = Entity("underground-belt", 6, 4, 4, "output")
    assert "iron-gear-wheel can come to 6,4, where nobody wants it" in _strays(*belt, end)
    assert Traffic(GEARS.adding(*belt, end)).useful() == {0, 1, 2, 3}


def test_a_foreign_item_at_a_sink_is_astray():
    (source,) = GEARS.sources
    there = Factory(12, 5, GEARS.entities, (source, Source("more", "belt", 6, 0, "coal", 8)), GEARS.sinks)
    assert [stray for stray in Traffic(there).strays() if "7,1" in stray] == [
        "coal can come to 7,1, where nobody wants it"
    ]


def test_what_has_passed_somebody_who_wants_it_may_lie_in_the_rest_of_his_belt():
    belts = (Entity("transport-belt", 0, 4, 4), Entity("transport-belt", 1, 4, 4), Entity("transport-belt", 2, 4, 4))
    factory = Factory(
        12,
        5,
        entities=belts,
        sources=(Source("in", "belt", 0, 3, "coal", 8),),
        sinks=(Sink("out", "chest", 1, 2, "coal"),),
    )
    assert "coal can come to 1,4, where nobody wants it" in list(Traffic(factory).strays())
    reached = factory.adding(Entity("inserter", 1, 3, 8))
    assert list(Traffic(reached).strays()) == []
    assert Traffic(reached).useful() == {0, 1, 3}


def test_a_machine_without_all_it_needs_makes_nothing():
    circuits = Factory(
        12,
        5,
        sources=GEARS.sources,
        sinks=(Sink("out", "belt", 7, 1, "electronic-circuit", 4),),
        entities=(
            GEARS.entities[0],
            Entity("assembling-machine-1", 2, 0, recipe="electronic-circuit"),
            *GEARS.entities[2:],
        ),
    )
    assert Traffic(circuits).useful() == set()
