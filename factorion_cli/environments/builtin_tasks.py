"""Five small tasks made in code, so that `gymnasium.make` works before any dataset is built."""

from __future__ import annotations

from collections.abc import Sequence

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.geometry import EAST, NORTH, SOUTH, WEST
from factorion_cli.tasks.profile import Profile
from factorion_cli.tasks.task import MissingEntityTask, Provenance

_BELT = "transport-belt"
_FULL_BELT = 15.0
"""Items per second of a full yellow belt."""


def _belts(y: int, columns: Sequence[int], direction: int = EAST) -> list[Entity]:
    return [Entity(_BELT, x, y, direction) for x in columns]


def _iron(x: int, y: int, direction: int = EAST) -> Source:
    return Source("S0", "belt", x, y, "iron-plate", direction)


def _line() -> tuple[Factory, int]:
    factory = Factory(
        8, 3, tuple(_belts(1, range(1, 7))), (_iron(0, 1),), (Sink("K0", "belt", 7, 1, "iron-plate", EAST),), "line"
    )
    return factory, 3


def _corner() -> tuple[Factory, int]:
    entities = (*_belts(0, range(1, 5)), Entity(_BELT, 5, 0, SOUTH), Entity(_BELT, 5, 1, SOUTH))
    factory = Factory(6, 3, entities, (_iron(0, 0),), (Sink("K0", "belt", 5, 2, "iron-plate", SOUTH),), "corner")
    return factory, 4


def _underground() -> tuple[Factory, int]:
    entities = (
        Entity("underground-belt", 1, 1, EAST, "input"),
        Entity("stone-wall", 2, 1),
        Entity("stone-wall", 3, 1),
        Entity("underground-belt", 4, 1, EAST, "output"),
    )
    sink = Sink("K0", "belt", 5, 1, "iron-plate", EAST)
    return Factory(6, 3, entities, (_iron(0, 1),), (sink,), "underground"), 3


def _unload() -> tuple[Factory, int]:
    entities = (Entity("inserter", 1, 0, WEST), *_belts(0, range(2, 4)))
    source = Source("S0", "chest", 0, 0, "iron-plate")
    return Factory(5, 2, entities, (source,), (Sink("K0", "belt", 4, 0, "iron-plate", EAST),), "unload"), 0


def _gears() -> tuple[Factory, int]:
    entities = (
        *_belts(5, range(1, 4)),
        Entity("inserter", 2, 4, SOUTH),
        Entity("assembling-machine-2", 1, 1, NORTH, recipe="iron-gear-wheel"),
        Entity("inserter", 4, 2, WEST),
    )
    sink = Sink("K0", "chest", 5, 2, "iron-gear-wheel")
    return Factory(6, 6, entities, (_iron(0, 5),), (sink,), "gears"), 4


_DESIGNS = ((_line, _FULL_BELT), (_corner, _FULL_BELT), (_underground, _FULL_BELT), (_unload, None), (_gears, None))


def builtin_tasks() -> list[MissingEntityTask]:
    """One belt, one corner, one underground exit, one arm and one assembler to put back; nothing flows at the start."""
    tasks = []
    for make, rate in _DESIGNS:
        factory, missing = make()
        tasks.append(
            MissingEntityTask(
                id=f"builtin-{factory.id}",
                kind="throughput",
                level=3,
                reference=factory,
                missing=(missing,),
                throughput_reference=rate or _ARM_RATES[factory.id],
                throughput_start=0.0,
                family=f"builtin-{factory.id}",
                design=f"builtin-{factory.id}",
                provenance=Provenance("built in", licence="MIT", game_version="2.0"),
                profile=Profile("belts" if rate else "production", throughput=rate or _ARM_RATES[factory.id]),
            )
        )
    return tasks


_ARM_RATES = {"unload": 0.857, "gears": 0.4689}
"""Items per second out of the two designs with arms, as the tick simulator measures them."""
