from dataclasses import replace

import pytest

from factorion_cli.evaluation.slices import entity_kind, is_belt_in_line, missing_kinds, slices_of, sorted_slices
from factorion_cli.factory import Entity
from factorion_cli.factory.geometry import EAST, SOUTH, WEST
from tests.evaluation.small_tasks import LINE_RATE, gears, line, small_tasks, task


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("fast-transport-belt", "belt"),
        ("express-underground-belt", "underground"),
        ("splitter", "splitter"),
        ("long-handed-inserter", "inserter"),
        ("assembling-machine-3", "machine"),
        ("stone-furnace", "machine"),
        ("chemical-plant", "machine"),
        ("medium-electric-pole", "pole"),
        ("steel-chest", "chest"),
        ("passive-provider-chest", "chest"),
        ("stone-wall", "other"),
    ],
)
def test_each_entity_is_of_one_kind(name, kind):
    assert entity_kind(Entity(name)) == kind


def test_a_belt_between_belts_is_in_line():
    assert is_belt_in_line(task(line(), (2,), LINE_RATE, "middle"))


def test_the_first_and_last_belt_are_in_line_with_the_endpoints():
    assert is_belt_in_line(task(line(), (0,), LINE_RATE, "first"))
    assert is_belt_in_line(task(line(), (5,), LINE_RATE, "last"))


def test_a_belt_that_only_an_arm_feeds_is_not_in_line():
    factory = replace(gears(), sources=())
    assert not is_belt_in_line(task(factory, (0,), 1.0, "fed by nothing"))


def test_a_belt_that_ends_in_front_of_an_arm_is_not_in_line():
    assert not is_belt_in_line(task(gears(), (2,), 1.0, "last of the cell"))


def test_a_belt_against_the_next_one_is_not_in_line():
    factory = line()
    turned = replace(factory, entities=(*factory.entities[:3], replace(factory.entities[3], direction=WEST)))
    assert not is_belt_in_line(task(turned, (2,), LINE_RATE, "head on"))


def test_a_corner_is_in_line():
    entities = (
        Entity("transport-belt", 1, 1, EAST),
        Entity("transport-belt", 2, 1, SOUTH),
        Entity("splitter", 2, 2, SOUTH),
    )
    factory = replace(line("corner"), entities=entities)
    assert is_belt_in_line(task(factory, (1,), LINE_RATE, "corner"))


def test_a_belt_before_an_underground_exit_is_not_fed_by_its_entrance():
    entities = (Entity("underground-belt", 1, 1, EAST, "input"), Entity("transport-belt", 2, 1, EAST))
    factory = replace(line("tunnel"), entities=(*entities, Entity("transport-belt", 3, 1, EAST)))
    assert not is_belt_in_line(task(factory, (1,), LINE_RATE, "over the tunnel"))


def test_two_missing_belts_and_a_missing_arm_are_not_a_belt_in_line():
    assert not is_belt_in_line(task(line(), (1, 2), LINE_RATE, "two"))
    assert not is_belt_in_line(task(gears(), (5,), 1.0, "arm"))


def test_a_task_is_in_the_slice_of_everything_that_it_is():
    found = small_tasks()
    assert slices_of(found[0]) == (
        "all",
        "kind-throughput",
        "level-3",
        "category-belts",
        "missing-belt",
        "belt-in-line",
    )
    assert missing_kinds(task(gears(), (4, 5), 1.0, "both")) == ("inserter", "machine")


def test_several_missing_are_told_apart_by_how_they_were_chosen():
    run = replace(task(line(), (1, 2), LINE_RATE, "run"), removal="path")
    assert "removal-path" in slices_of(run)
    assert not any(name.startswith("removal-") for name in slices_of(task(line(), (1,), LINE_RATE, "one")))


def test_slices_are_listed_from_the_whole_to_the_parts():
    names = [
        "belt-in-line",
        "missing-pole",
        "n-10",
        "missing-belt",
        "category-mall",
        "level-4",
        "removal-path",
        "all",
        "n-2",
        "level-3",
        "all",
    ]
    assert sorted_slices(names) == [
        "all",
        "level-3",
        "level-4",
        "n-2",
        "n-10",
        "removal-path",
        "category-mall",
        "missing-belt",
        "missing-pole",
        "belt-in-line",
    ]
