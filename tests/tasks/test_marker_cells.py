"""The classic cells can be solved as players solve them, and no bound is below what those designs deliver."""

import pytest

from factorion_cli.simulation import throughput
from factorion_cli.tasks.marker_cells import CELLS, cell
from factorion_cli.tasks.marker_suites import suite
from tests.bench.design_checks import problems
from tests.tasks.hand_made import HAND_MADE


@pytest.mark.parametrize("name", CELLS)
def test_known_designs_deliver_what_their_ratios_promise(name: str) -> None:
    make, promised = HAND_MADE[name]
    task, factory = cell(name), make()
    assert problems([task], [factory]) == [[]]
    (result,) = throughput([factory])
    assert result.throughput == pytest.approx(promised, rel=0.03)
    assert result.throughput <= task.bound + 1e-6


def test_cells_have_names_as_suites() -> None:
    (task,) = suite("markers:circuits")
    assert task.id == "circuits"
    assert {task.id for task in suite("markers:cells")} == set(CELLS)
