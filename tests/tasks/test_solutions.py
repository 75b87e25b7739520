"""Designs of from-markers tasks as tasks of level 5."""

from dataclasses import replace

import pytest

from factorion_cli.factory import Entity
from factorion_cli.tasks.markers import marker_task
from factorion_cli.tasks.settings import MiningSettings
from factorion_cli.tasks.solutions import Solution, family_of, solved_tasks
from factorion_cli.tasks.task import LEVEL_FROM_MARKERS, MissingEntityTask, Provenance
from tests.tasks.marker_lines import detour, line_task, straight

SETTINGS = MiningSettings(warmup_ticks=600, measure_ticks=600)


def solved(*solutions: Solution) -> list[MissingEntityTask | None]:
    return solved_tasks(solutions, SETTINGS, Provenance("tests"))


def test_all_that_was_built_is_missing() -> None:
    task = line_task("line")
    (found,) = solved(Solution(task, straight(task), number=7))
    assert found is not None
    assert (found.id, found.level, found.removal) == ("line-7", LEVEL_FROM_MARKERS, "all")
    assert found.missing == tuple(range(6))
    assert (found.throughput_reference, found.throughput_start) == (pytest.approx(15.0), 0.0)
    assert found.profile.category == "belts"
    assert found.reference.metadata == {"task": {"blocked": [], "allowed": "all"}}


def test_what_stood_there_before_stays() -> None:
    bare = line_task("line")
    task = marker_task(bare.factory.adding(Entity("transport-belt", 3, 2, 4)))
    built = [entity for entity in straight(bare).entities if entity.x != 3]
    (found,) = solved(Solution(task, task.factory.adding(*built)))
    assert found is not None
    assert [found.reference.entities[index].x for index in found.missing] == [1, 2, 4, 5, 6]


def test_what_does_nothing_or_stood_there_is_no_task() -> None:
    task = line_task("line")
    whole = marker_task(straight(task))
    gap = straight(task).without([2])
    assert solved(Solution(task, gap), Solution(whole, whole.factory)) == [None, None]


def test_designs_of_one_task_are_one_family_whatever_it_is_called() -> None:
    task = line_task("line")
    again = line_task("other")
    assert family_of(task) == family_of(again)
    assert family_of(task) != family_of(line_task("line", row=3))
    assert family_of(task) != family_of(replace(task, blocked=frozenset({(4, 4)})))
    one, two = solved(Solution(task, straight(task)), Solution(again, detour(again)))
    assert one is not None
    assert two is not None
    assert one.family == two.family
    assert one.design != two.design
