"""Loaders: belts that run into and out of chests and machines."""

import pytest

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.simulation import SimulationResult, throughput
from factorion_cli.simulation.wiring import loader_tiles

TIERS = [("loader", "transport-belt", 15), ("fast-loader", "fast-transport-belt", 30),
         ("express-loader", "express-transport-belt", 45), ("turbo-loader", "turbo-transport-belt", 60)]  # fmt: skip


def _run(*entities: Entity, sources: tuple[Source, ...], sinks: tuple[Sink, ...]) -> SimulationResult:
    return throughput([Factory(12, 12, entities, sources, sinks)])[0]


@pytest.mark.parametrize(
    ("direction", "kind", "belt", "container"),
    [
        (4, "input", (5, 5), (7, 5)),
        (4, "output", (6, 5), (4, 5)),
        (12, "input", (6, 5), (4, 5)),
        (0, "input", (5, 6), (5, 4)),
        (8, "output", (5, 6), (5, 4)),
    ],
)
def test_a_loader_faces_the_way_its_items_travel(
    direction: int, kind: str, belt: tuple[int, int], container: tuple[int, int]
) -> None:
    loader = Entity("loader", 5, 5, direction, underground_type=kind)  # type: ignore[arg-type]
    assert loader_tiles(loader) == (belt, container)


@pytest.mark.parametrize(("loader", "belt", "rate"), TIERS)
@pytest.mark.parametrize("direction", [0, 4, 8, 12])
def test_a_loader_empties_a_full_belt_into_a_chest(loader: str, belt: str, rate: float, direction: int) -> None:
    dx, dy = {0: (0, -1), 4: (1, 0), 8: (0, 1), 12: (-1, 0)}[direction]
    tile = [(5 + dx * n, 5 + dy * n) for n in range(5)]
    corner = min(tile[2], tile[3])
    result = _run(
        Entity(belt, *tile[1], direction),
        Entity(loader, *corner, direction, underground_type="input"),
        sources=(Source("S", "belt", *tile[0], "iron-plate", direction, belt=belt),),
        sinks=(Sink("K", "chest", *tile[4]),),
    )
    assert result.rate("K") == pytest.approx(rate, rel=1e-3)


@pytest.mark.parametrize(("loader", "belt", "rate"), TIERS)
def test_a_loader_fills_both_lanes_of_a_belt_from_a_chest(loader: str, belt: str, rate: float) -> None:
    result = _run(
        Entity(loader, 1, 0, 4, underground_type="output"),
        Entity(belt, 3, 0, 4),
        sources=(Source("S", "chest", 0, 0, "iron-plate"),),
        sinks=(Sink("K", "belt", 4, 0, direction=4, belt=belt),),
    )
    lanes = result.sinks["K"]["iron-plate"]
    assert not isinstance(lanes, float)
    assert dict(lanes) == pytest.approx({"left": rate / 2, "right": rate / 2}, rel=1e-3)


def test_loaders_feed_and_empty_a_furnace() -> None:
    result = _run(
        Entity("loader", 1, 1, 4, underground_type="input"),
        Entity("stone-furnace", 3, 1, fuel="unlimited"),
        Entity("loader", 5, 1, 4, underground_type="output"),
        sources=(Source("S", "belt", 0, 1, "iron-ore", 4),),
        sinks=(Sink("K", "belt", 7, 1, direction=4),),
    )
    assert result.rate("K", "iron-plate") == pytest.approx(0.3125, rel=1e-3)


def test_a_loader_between_two_chests_moves_what_passes_its_filter() -> None:
    arm = Entity("fast-inserter", 2, 0, 12)
    result = _run(
        arm,
        Entity("fast-inserter", 3, 1, 8),
        Entity("iron-chest", 3, 0),
        Entity("loader", 4, 0, 4, underground_type="output", filters=("copper-plate",)),
        sources=(Source("A", "chest", 1, 0, "iron-plate"), Source("B", "chest", 3, 2, "copper-plate")),
        sinks=(Sink("K", "belt", 6, 0, direction=4),),
    )
    assert result.rate("K", "iron-plate") == 0
    assert result.rate("K", "copper-plate") > 0


def test_a_loader_waits_when_its_chest_is_full() -> None:
    result = _run(
        Entity("loader", 1, 0, 4, underground_type="input"),
        Entity("wooden-chest", 3, 0),
        Entity("inserter", 4, 0, 12),
        sources=(Source("S", "belt", 0, 0, "iron-plate", 4),),
        sinks=(Sink("K", "chest", 5, 0),),
    )
    assert result.rate("K") == pytest.approx(60 / 70, rel=1e-3)


def test_a_loader_without_a_chest_is_a_dead_end() -> None:
    result = _run(
        Entity("loader", 1, 0, 4, underground_type="input"),
        sources=(Source("S", "belt", 0, 0, "iron-plate", 4),),
        sinks=(Sink("K", "chest", 8, 0),),
    )
    assert (result.rate("K"), result.not_simulated) == (0, ())
