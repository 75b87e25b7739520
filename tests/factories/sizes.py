"""Factories of any size, for what has to hold at every size."""

from __future__ import annotations

from factorion_cli.factory import Entity, Factory, Sink, Source

COLUMNS = 250


def rows_of_belts(count: int) -> Factory:
    """`count` entities: rows of 40 belts between a source and a sink; above every fourth belt an arm fills a chest."""
    entities: list[Entity] = []
    sources: list[Source] = []
    sinks: list[Sink] = []
    row = 0
    while len(entities) < count:
        column, line = row % COLUMNS, row // COLUMNS
        x, y = 43 * column, 4 * line + 2
        sources.append(Source(f"in-{row}", "belt", x, y, "iron-ore", direction=4))
        sinks.append(Sink(f"out-{row}", "belt", x + 41, y, direction=4))
        entities += [Entity("transport-belt", x + 1 + k, y, 4) for k in range(40)]
        entities += [Entity("inserter", x + 1 + k, y - 1, 8) for k in range(0, 40, 4)]
        entities += [Entity("wooden-chest", x + 1 + k, y - 2) for k in range(0, 40, 4)]
        row += 1
    return Factory(43 * COLUMNS, 4 * (row // COLUMNS + 1), tuple(entities[:count]), tuple(sources), tuple(sinks))
