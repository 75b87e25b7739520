"""What an edit of a world costs, from 100 to 100,000 entities: `python -m tests.bench.bench_world`.

The map is rows of belts with arms that feed chests. Each edit is timed with what it makes stale (`settle`); the first
tick after it also brings the order of lines up to date, so it is timed beside a plain tick.
"""

from __future__ import annotations

from random import Random
from time import perf_counter

from factorion_cli.factory import Entity
from factorion_cli.simulation.world import World
from tests.factories.sizes import rows_of_belts

SIZES = (100, 1_000, 10_000, 100_000)
EDITS = 100


def measure(count: int) -> str:
    """One line of the table."""
    rng = Random(count)
    began = perf_counter()
    world = World(rows_of_belts(count))
    world.step(1)
    built = perf_counter() - began
    ticks = 120
    began = perf_counter()
    world.step(ticks)
    tick = (perf_counter() - began) / ticks
    spent = dict.fromkeys(("remove", "add", "turn"), 0.0)
    first = 0.0
    numbers = [number for number, thing in world.ids.items() if isinstance(thing, Entity)]
    for number in rng.sample(numbers, EDITS):
        entity = world.ids[number]
        assert isinstance(entity, Entity)
        began = perf_counter()
        world.remove(number)
        spent["remove"] += perf_counter() - began
        began = perf_counter()
        added = world.add(entity)
        world._site.settle()
        spent["add"] += perf_counter() - began
        if entity.prototype.rotatable:
            began = perf_counter()
            world.rotate(added, (entity.direction + 8) % 16)
            spent["turn"] += perf_counter() - began
        began = perf_counter()
        world.step(1)
        first += perf_counter() - began
    began = perf_counter()
    snapshot = world.snapshot()
    kept = perf_counter() - began
    began = perf_counter()
    world.restore(snapshot)
    restored = perf_counter() - began
    edits = "".join(f"{1e6 * seconds / EDITS:10.0f}" for seconds in spent.values())
    return (
        f"{count:8d}{1e6 * built / count:10.0f}{edits}{1e6 * first / EDITS:12.0f}{1e6 * tick:10.1f}"
        f"{1e3 * kept:10.1f}{1e3 * restored:10.1f}"
    )


def main() -> None:
    """Print the table."""
    warm = World(rows_of_belts(100))
    warm.step(2)
    print("                build    remove       add      turn  first tick      tick  snapshot   restore")  # noqa: T201
    print("entities   us/entity   us/edit   us/edit   us/edit          us        us        ms        ms")  # noqa: T201
    for count in SIZES:
        print(measure(count), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
