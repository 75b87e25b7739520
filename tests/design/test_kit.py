"""What a design is built from."""

from factorion_cli.design.kit import make_kit
from factorion_cli.factory import Factory, Sink, Source
from factorion_cli.tasks.markers import marker_task


def _kit(allowed: object, belt: str = "transport-belt"):
    source = Source("in", "belt", 0, 0, "coal", 4, belt=belt)
    task = Factory(
        5, 1, (), (source,), (Sink("out", "belt", 4, 0, "coal", 4),), metadata={"task": {"allowed": allowed}}
    )
    return make_kit(marker_task(task))


def test_basic_is_one_tier_with_the_larger_pole():
    kit = _kit("basic")
    assert (kit.arm, kit.long_arm, kit.pole) == ("inserter", "long-handed-inserter", "medium-electric-pole")
    assert (kit.belt, kit.underground, kit.underground_reach) == ("transport-belt", "underground-belt", 5)
    assert (kit.pole_area, kit.pole_reach) == (3, 9)


def test_belts_are_of_the_tier_that_the_markers_need_and_undergrounds_and_splitters_with_them():
    assert _kit("all").belt == "transport-belt"
    kit = _kit("all", "fast-transport-belt")
    assert (kit.belt, kit.underground, kit.splitter) == (
        "fast-transport-belt",
        "fast-underground-belt",
        "fast-splitter",
    )


def test_what_is_not_allowed_is_missing():
    kit = _kit(["inserter"])
    assert (kit.belt, kit.underground_reach, kit.splitter, kit.long_arm, kit.pole) == (None, 0, None, None, None)
