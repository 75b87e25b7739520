"""Generated from-markers tasks: what is drawn, and that seeds decide all of it."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from factorion_cli.errors import UsageError
from factorion_cli.factory.geometry import opposite, step
from factorion_cli.tasks.allowed import ALL, BASIC
from factorion_cli.tasks.marker_suites import is_suite, suite
from factorion_cli.tasks.marker_trials import TrialSettings, trials
from factorion_cli.tasks.markers import MarkerTask, marker_task


def ways_in(task: MarkerTask) -> list[tuple[int, int]]:
    """The tile before each source, and the one behind the sink."""
    (sink,) = task.factory.sinks
    ahead = [step(source.x, source.y, source.direction) for source in task.factory.sources]
    return [*ahead, step(sink.x, sink.y, opposite(sink.direction))]


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_trials_like_the_peers(depth: int) -> None:
    for task in trials(TrialSettings(depth), seed=5, count=40):
        factory = task.factory
        ends = [*factory.sources, *factory.sinks]
        assert task.depth == depth
        assert task.bound > 0
        assert (factory.width, factory.height, factory.power.mode, task.allowed) == (11, 11, "poles", BASIC)
        assert len({(end.x, end.y) for end in ends}) == len(ends)
        # On the edge but for its corners: exactly one of the four sides.
        assert all((end.x in (0, 10)) != (end.y in (0, 10)) for end in ends)
        assert all(1 <= x <= 9 and 1 <= y <= 9 for x, y in ways_in(task)), "sources face inwards, the sink outwards"
        assert all(source.lanes == "both" for source in factory.sources)


def test_every_edge_tile_and_many_items_occur() -> None:
    tasks = list(trials(TrialSettings(1), seed=0, count=400))
    assert len({(task.factory.sinks[0].x, task.factory.sinks[0].y) for task in tasks}) == 36
    assert len({task.factory.sinks[0].item for task in tasks}) > 120


def test_markers_anywhere_have_a_way_in_or_out() -> None:
    settings = TrialSettings(2, size=7, markers="anywhere", blocked=0.3)
    inside = 0
    for task in trials(settings, seed=1, count=60):
        ends = {(end.x, end.y) for end in (*task.factory.sources, *task.factory.sinks)}
        for x, y in ways_in(task):
            assert 0 <= x < 7
            assert 0 <= y < 7
            assert (x, y) not in ends | task.blocked
        inside += any(1 <= x <= 5 and 1 <= y <= 5 for x, y in ends)
    assert inside > 40


def test_about_the_asked_share_is_blocked() -> None:
    tasks = list(trials(TrialSettings(1, size=32, blocked=0.2), seed=2, count=10))
    assert np.mean([len(task.blocked) for task in tasks]) == pytest.approx(0.2 * 32 * 32, rel=0.1)


def test_a_task_depends_on_its_seed_and_number_only() -> None:
    settings = TrialSettings(2, blocked=0.1)
    ten = list(trials(settings, seed=3, count=10))
    assert ten == list(trials(settings, seed=3, count=10))
    assert ten[:4] == list(trials(settings, seed=3, count=4))
    assert all(one != replace(other, factory=replace(other.factory, id=one.id))
               for one, other in zip(ten, trials(settings, seed=4, count=10), strict=True))  # fmt: skip


def test_names_of_suites() -> None:
    assert is_suite("markers:depth-1")
    assert not is_suite("markers.yaml")
    tasks = list(suite("markers:depth-2?size=16&count=3&seed=9&allowed=all&power=unlimited"))
    assert [task.id for task in tasks] == [f"depth-2-16-9-{number}" for number in range(3)]
    assert {(task.factory.width, task.allowed, task.factory.power.mode) for task in tasks} == {(16, ALL, "unlimited")}
    assert len(list(suite("markers:depth-0"))) == 100


def test_suites_are_drawn_as_they_are_taken() -> None:
    assert [task.depth for task in islice(suite("markers:depth-1?count=10000000"), 2)] == [1, 1]


def test_a_generated_task_comes_back_from_its_file() -> None:
    for task in suite("markers:depth-1?count=5&blocked=0.2&markers=anywhere"):
        again = marker_task(task.to_factory())
        assert (again.factory, again.blocked, again.bound) == (task.factory, task.blocked, task.bound)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("markers:maze", "no generated tasks are called 'maze'"),
        ("markers:depth-99", "recipe tree of depth 99"),
        ("markers:depth-1?width=3", "unknown setting 'width'"),
        ("markers:depth-1?size=big", "size is 'big', expected a number"),
        ("markers:depth-1?size=3", "size is 3, expected 4 to 256"),
        ("markers:depth-1?blocked=0.9", "blocked is 0.9"),
        ("markers:depth-1?allowed=some", "allowed is 'some'"),
        ("markers:depth-1?markers=inside", "markers is 'inside'"),
        ("markers:depth-1?power=steam", "power is 'steam'"),
        ("markers:depth-1?count=0", "count is 0"),
        ("markers:depth-1?seed=-1", "seed is -1"),
    ],
)
def test_names_that_mean_nothing_say_what_would(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        suite(name)
