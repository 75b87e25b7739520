"""Layouts as the kernels build them, by the rules of belts rather than by what is delivered."""

from collections import Counter

import numpy as np
import pytest

from factorion_cli.design.drawing import draw
from factorion_cli.design.kernels.searching import search
from factorion_cli.design.kit import make_kit
from factorion_cli.design.layout import blank, board_type, scratch_type, size_class, state_type
from factorion_cli.design.plan import make_plan
from factorion_cli.design.problem import make_problem
from factorion_cli.factory import Factory
from factorion_cli.simulation import throughput
from factorion_cli.tasks.marker_cells import cell
from factorion_cli.tasks.marker_suites import suite
from factorion_cli.tasks.markers import MarkerTask


def _search(task: MarkerTask, seed: int, rounds: int, starts: int = 1) -> tuple[float, Factory]:
    """How bad the best layout of a run is, and the layout."""
    plan, kit = make_plan(task), make_kit(task)
    problem = make_problem(task, plan, kit, 0.0, 100.0)
    room = size_class(task.factory.width * task.factory.height)
    current, trial, best = (blank(state_type(room)) for _ in range(3))
    board, scratch = blank(board_type(room)), blank(scratch_type(room))
    word = np.asarray([seed * 7919 + 12345], np.int64)
    least, _last = search(problem, current, trial, best, board, scratch, word, starts, rounds, 0.7, 0.02, True)
    again, _last = search(problem, best, trial, current, board, scratch, word, 0, 0, 1.0, 1.0, False)
    assert again == least
    return least, draw(task.factory, plan, kit, problem, best, board)


@pytest.mark.parametrize("starts", [1, 2])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_every_layout_keeps_items_apart_even_unfinished_ones(depth, starts):
    for seed, task in enumerate(suite(f"markers:depth-{depth}?count=12&blocked=0.1&seed=5")):
        _least, factory = _search(task, seed, 3, starts)
        result = throughput([factory], threads=1, warmup_ticks=600, measure_ticks=600, details=True)[0]
        assert result.error is None
        for belt in result.belts:
            assert len(belt.left.items) <= 1
            assert len(belt.right.items) <= 1


def test_more_rounds_find_better_layouts():
    tasks = list(suite("markers:depth-2?count=5&seed=2"))
    short = [_search(task, 1, 5)[0] for task in tasks]
    long = [_search(task, 1, 400)[0] for task in tasks]
    assert sum(long) < sum(short)


def test_starts_in_rows_repeat_machines_side_by_side():
    _least, factory = _search(cell("smelting"), 1, 0, starts=100)
    furnaces = [(entity.x, entity.y) for entity in factory.entities if entity.name == "electric-furnace"]
    rows = Counter(y for _x, y in furnaces)
    assert max(rows.values()) >= 8
    assert max(rows.values()) * len(rows) >= len(furnaces)
