from functools import reduce

import pytest

from factorion_cli.environments.backend import measure_by_flow
from factorion_cli.environments.reward import is_solved
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.nodes import Node
from factorion_cli.policies.prospects import Prospects
from factorion_cli.policies.search import SearchPolicy
from factorion_cli.policies.walks import LONGEST, ways_that_work
from factorion_cli.tasks.building import to_build
from factorion_cli.tasks.markers import TASK_KEY
from tests.policies.test_search import rngs
from tests.tasks.marker_lines import line_task

BELTS = {TASK_KEY: {"allowed": ["transport-belt"]}}


@pytest.fixture(scope="module")
def lines():
    return [to_build(line_task(f"line-{width}", width=width, metadata=BELTS)) for width in (3, 4)]


def _ways(small_network, tasks, streams, count=40, **more):
    return ways_that_work(tasks, streams, count, (8, 4), SearchPolicy(small_network, samples=2)._choose, **more)


@pytest.mark.parametrize("prospects", [None, Prospects.of(default_vocabulary())], ids=["free", "pruned"])
def test_every_way_that_is_found_works_when_it_is_built_step_by_step(small_network, lines, prospects):
    found = _ways(small_network, lines, rngs(2), prospects=prospects)
    assert found[0]
    for task, ways in zip(lines, found, strict=True):
        for actions in ways:
            assert len(actions) <= LONGEST * task.most_steps
            factory = reduce(Node.after, actions, Node.start(0, task)).factory
            assert is_solved(task, factory, measure_by_flow([factory])[0])


def test_ways_do_not_depend_on_the_tasks_around_them(small_network, lines):
    together = _ways(small_network, lines, rngs(2))
    assert [_ways(small_network, [task], [rng])[0] for task, rng in zip(lines, rngs(2), strict=True)] == together


def test_what_is_cut_off_goes_on_from_what_is_not(small_network, lines):
    ways = [
        _ways(small_network, lines, rngs(2), prospects=pruned) for pruned in (None, Prospects.of(default_vocabulary()))
    ]
    free, pruned = (sum(map(len, found)) for found in ways)
    assert pruned > free


def test_the_first_way_that_works_will_do_where_that_is_asked(small_network, lines):
    task = lines[0]
    (every,) = SearchPolicy(small_network, samples=64).search([task], rngs(1))
    (first,) = SearchPolicy(small_network, samples=64, first=True).search([task], rngs(1))
    assert every.ways > 2
    assert first.ways == 2  # the first guess, which fails, and one that works
    assert first.throughput > 0
