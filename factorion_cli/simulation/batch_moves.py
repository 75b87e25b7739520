"""One factory and its copies in which one thing each stands elsewhere: rows are moved, not made again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from factorion_cli.arrays import LongArray, MaskArray
from factorion_cli.factory import Factory
from factorion_cli.factory.footprints import size_of
from factorion_cli.simulation.batch import (
    ARM,
    CHEST,
    MACHINE,
    POLE,
    FactoryBatch,
    LazyFactories,
    measure_spans,
    take,
)
from factorion_cli.simulation.layout import RecordArray


class Move(NamedTuple):
    """The entity of that index stands at another tile (its top-left one) or faces another way."""

    entity: int
    x: int
    y: int
    direction: int


def moved(factory: Factory, move: Move) -> Factory:
    """The factory after a move; nothing is checked (see `factory.placement`)."""
    entities = list(factory.entities)
    entities[move.entity] = replace(entities[move.entity], x=move.x, y=move.y, direction=move.direction)
    return factory.with_entities(entities)


def batch_of_moves(factory: Factory, moves: Sequence[Move]) -> FactoryBatch | None:
    """The factory and then what each of the moves, all legal, makes of it; None where that is more than moving a row.

    Raises:
        FactorionError: the factory cannot be simulated.
    """
    own = FactoryBatch.from_factories([factory])
    places = _rows_of(own, moves)
    if places is None or not _stand_alone(factory, own):
        return None
    rows, spans = _moved_rows(factory, own, moves, places)
    made = LazyFactories(1 + len(moves), lambda number: moved(factory, moves[number - 1]) if number else factory)
    return replace(own, rows=rows, spans=spans, factories=made)


def _rows_of(own: FactoryBatch, moves: Sequence[Move]) -> LongArray | None:
    """(M,) which row each move concerns; None where one concerns what is no single row, or a drill or belt."""
    rows = own.rows
    plain = (rows["kind"] == MACHINE) & (rows["reach"] == 0) | np.isin(rows["kind"], (ARM, CHEST, POLE))
    of_entity = {int(rows["index"][row]): row for row in np.flatnonzero(plain)}
    places = [of_entity.get(move.entity, -1) for move in moves]
    return np.array(places, np.int64) if min(places, default=0) >= 0 else None


def _stand_alone(factory: Factory, own: FactoryBatch) -> bool:
    """Whether all other rows stay what they are, wherever one thing stands: no pipes, networks, beacons, labs or such.

    Of what a row says only its place is looked up from its surroundings then: power, belts and arms are the engine's.
    """
    rows, plans = own.rows, own.plans
    wet: MaskArray = np.count_nonzero(plans["in_fluid"], axis=1) + np.count_nonzero(plans["out_fluid"], axis=1) > 0
    piped = rows[(rows["kind"] == MACHINE) & (rows["free_fluids"] == 0)]
    fluids = wet[piped["plan"][piped["plan"] >= 0]].any() or (wet.any() and (piped["choice"] >= 0).any())
    neighbours = any(
        entity.prototype.beacon is not None or entity.prototype.lab is not None for entity in factory.entities
    )
    counters = any(sink.kind == "output" for sink in factory.sinks)
    links = own.spans["end_link"] > own.spans["first_link"]
    return not (own.energies or links.any() or fluids or neighbours or counters)


def _moved_rows(
    factory: Factory, own: FactoryBatch, moves: Sequence[Move], places: LongArray
) -> tuple[RecordArray, RecordArray]:
    """`rows` and `spans` of the batch."""
    count = int(own.spans["end"][0])
    owner = np.repeat(np.arange(1 + len(moves)), count)
    rows = take(own.rows, np.tile(np.arange(count), 1 + len(moves)))
    changed = places + count * np.arange(1, 1 + len(moves))
    for name in ("x", "y", "direction"):
        rows[name][changed] = [getattr(move, name) for move in moves]
    sizes = [size_of(factory.entities[move.entity].name, move.direction) for move in moves]
    for side, name in enumerate(("width", "height")):
        rows[name][changed] = [size[side] for size in sizes]
    rows = take(rows, np.lexsort((rows["kind"], rows["x"], rows["y"], owner)))
    spans = np.repeat(own.spans, 1 + len(moves))
    spans["rates"] = 2 * spans["sinks"] * spans["items"] * np.arange(1 + len(moves))
    measure_spans(spans, rows, owner)
    return rows, spans
