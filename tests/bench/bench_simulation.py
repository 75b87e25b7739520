"""How fast the tick simulator is: processor milliseconds per factory, and entity-ticks per second of one core.

    python -m tests.bench.bench_simulation [FACTORIES]

A factory here is 32x32 with 276 entities: three rows of ten electric furnaces between an ore belt and a plate belt.
"""

from __future__ import annotations

import sys
import time

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.simulation import throughput

TICKS = (3600, 7200)


def smelter(bands: int = 3) -> Factory:
    """Bands of furnaces, each between two belts."""
    entities: list[Entity] = []
    sources, sinks = [], []
    for band in range(bands):
        top = 8 * band
        sources.append(Source(f"S{band}", "belt", 0, top, "iron-ore", 4))
        sinks.append(Sink(f"K{band}", "belt", 31, top + 6, "iron-plate", 4))
        entities += [Entity("transport-belt", x, top, 4) for x in range(1, 32)]
        entities += [Entity("transport-belt", x, top + 6, 4) for x in range(31)]
        for x in range(1, 31, 3):
            entities += [
                Entity("inserter", x, top + 1, 0),
                Entity("electric-furnace", x, top + 2),
                Entity("inserter", x, top + 5, 0),
            ]
    return Factory(32, 32, tuple(entities), tuple(sources), tuple(sinks), id="smelter")


def main(count: int) -> None:
    """Print the figures."""
    factory = smelter()
    throughput([factory], warmup_ticks=1, measure_ticks=1)
    started = time.process_time()
    throughput([factory] * count, warmup_ticks=0, measure_ticks=1)
    compiled = time.process_time()
    throughput([factory] * count, warmup_ticks=TICKS[0], measure_ticks=TICKS[1])
    finished = time.process_time()
    prepare, simulate = compiled - started, finished - compiled - (compiled - started)
    ticks = sum(TICKS)
    print(f"{count} factories of {len(factory.entities)} entities, {ticks} ticks")  # noqa: T201
    print(f"prepare and report  {1000 * prepare / count:8.2f} ms per factory")  # noqa: T201
    print(f"simulate            {1000 * simulate / count:8.2f} ms per factory")  # noqa: T201
    print(f"speed               {count * ticks * len(factory.entities) / simulate / 1e6:8.1f} M entity-ticks/s")  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 32)
