"""What a design is built from: of the allowed entities the best of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from factorion_cli.factory import Sink, Source
from factorion_cli.prototypes import EntityPrototype, load_table
from factorion_cli.tasks.markers import MarkerTask


@dataclass(frozen=True, slots=True)
class Kit:
    """Names of entities, None for kinds that are not allowed.

    Attributes:
        arm: reaches one tile.
        long_arm: reaches two.
        belt: of one tier with the following two.
        underground: as above.
        underground_reach: tiles from its entrance to its exit at most.
        splitter: as above.
        pole: of one tile.
        pole_area: tiles to which it gives power on each side of its own.
        pole_reach: tiles from pole to pole, centre to centre.
    """

    arm: str | None
    long_arm: str | None
    belt: str | None
    underground: str | None
    underground_reach: int
    splitter: str | None
    pole: str | None
    pole_area: int
    pole_reach: float


def make_kit(task: MarkerTask) -> Kit:
    """The kit of a task: the fastest arms, belts as fast as the endpoints need, poles of the largest area."""
    allowed = [load_table().entity(name) for name in task.allowed]
    markers: list[Source | Sink] = [*task.factory.sources, *task.factory.sinks]
    ends = {end.belt for end in markers if end.kind == "belt"}
    needed = max((_speed(load_table().entity(name)) for name in ends), default=0)

    def belt_rank(entity: EntityPrototype) -> tuple[bool, int]:
        speed = _speed(entity)
        return speed >= needed, -speed if speed >= needed else speed

    belt = _best(allowed, lambda entity: entity.type == "transport-belt", belt_rank)
    tier = _speed(belt) if belt else 0
    underground = _best(allowed, lambda entity: entity.type == "underground-belt" and _speed(entity) == tier, _speed)
    splitter = _best(allowed, lambda entity: entity.type == "splitter" and _speed(entity) == tier, _speed)
    pole = _best(allowed, lambda entity: entity.pole is not None and (entity.width, entity.height) == (1, 1), _area)
    return Kit(
        arm=_name(_best(allowed, lambda entity: _reach(entity) == 1, _turns)),
        long_arm=_name(_best(allowed, lambda entity: _reach(entity) == 2, _turns)),
        belt=_name(belt),
        underground=_name(underground),
        underground_reach=underground.belt.max_distance if underground and underground.belt else 0,
        splitter=_name(splitter),
        pole=_name(pole),
        pole_area=int(_area(pole) - 0.5) if pole else 0,
        pole_reach=pole.pole.wire_reach if pole and pole.pole else 0.0,
    )


def _best(
    entities: Iterable[EntityPrototype],
    fits: Callable[[EntityPrototype], bool],
    rank: Callable[[EntityPrototype], Any],
) -> EntityPrototype | None:
    return max(
        (entity for entity in entities if fits(entity)), key=lambda entity: (rank(entity), entity.name), default=None
    )


def _name(entity: EntityPrototype | None) -> str | None:
    return entity.name if entity else None


def _speed(entity: EntityPrototype) -> int:
    return entity.belt.speed_subtiles if entity.belt else 0


def _reach(entity: EntityPrototype) -> int:
    data = entity.inserter
    return data.reach if data is not None and not data.burner else 0


def _turns(entity: EntityPrototype) -> float:
    data = entity.inserter
    return data.rotation_speed * data.base_hand if data else 0.0


def _area(entity: EntityPrototype) -> float:
    return entity.pole.supply_area_distance if entity.pole else 0.0
