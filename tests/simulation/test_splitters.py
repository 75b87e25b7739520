"""What splitters do with two belts."""

import pytest

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.simulation import throughput


@pytest.mark.parametrize(("belt", "rate"), [("transport-belt", 7.5), ("express-transport-belt", 22.5)])
def test_two_full_belts_leave_a_splitter_mixed_half_and_half(belt: str, rate: float) -> None:
    splitter = {"transport-belt": "splitter", "express-transport-belt": "express-splitter"}[belt]
    entities = (
        Entity(splitter, 2, 0, 4),
        *(Entity(belt, x, y, 4) for x in (1, 3) for y in (0, 1)),
    )
    sources = tuple(
        Source(item, "belt", 0, y, item, 4, belt=belt) for y, item in enumerate(("iron-plate", "copper-plate"))
    )
    sinks = tuple(Sink(f"K{y}", "belt", 4, y, direction=4, belt=belt) for y in (0, 1))
    result = throughput([Factory(5, 2, entities, sources, sinks)])[0]
    for sink in ("K0", "K1"):
        for item in ("iron-plate", "copper-plate"):
            assert result.rate(sink, item) == pytest.approx(rate, rel=1e-3)
