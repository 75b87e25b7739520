"""How fast blueprints are read and screened: `python -m tests.bench.bench_reading [--corpus DIR]`.

Read: decoded, checked, books flattened, brought to game 2.0, modded names told. Screened: also put on tiles, checked
for overlaps and named by content, which is all that is done with a print before it is kept or dropped. One process, the
best of several rounds; without a folder, the starter set that comes with the project.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from sys import stdout
from time import process_time

from factorion_cli.blueprints import Print, as_factory, read_prints
from factorion_cli.blueprints.keys import design_key
from factorion_cli.factory import Factory

STARTER = Path(__file__).parents[2] / "datasets" / "starter" / "blueprints"
ROUNDS = 3


def read(folder: Path) -> tuple[int, int]:
    """Read everything; (blueprints, entities)."""
    sizes = [len(found.blueprint["entities"]) for found in read_prints(folder) if isinstance(found, Print)]
    return len(sizes), sum(sizes)


def screen(folder: Path) -> tuple[int, int]:
    """Read and screen everything; (factories, distinct ones)."""
    keys: list[str] = []
    for found in read_prints(folder):
        factory = as_factory(found) if isinstance(found, Print) else None
        if isinstance(factory, Factory):
            keys.append(design_key(factory))
    return len(keys), len(set(keys))


def timed(work: Callable[[Path], tuple[int, int]], folder: Path) -> tuple[tuple[int, int], float]:
    """What a piece of work gives, and processor seconds of its best round."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = process_time()
        result = work(folder)
        best = min(best, process_time() - began)
    return result, best


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--corpus", type=Path, default=STARTER, help="folder of blueprints")
    folder: Path = parser.parse_args().corpus
    screen(folder)  # tables are loaded once for all
    (prints, entities), reading = timed(read, folder)
    (factories, distinct), screening = timed(screen, folder)
    stdout.write(
        f"{prints:,} blueprints of {entities / prints:.0f} entities; {factories:,} factories, {distinct:,} distinct\n"
    )
    for name, seconds in (("read", reading), ("read and screened", screening)):
        stdout.write(f"{name:20s}{prints / seconds:10,.0f} blueprints/s{entities / seconds:12,.0f} entities/s\n")


if __name__ == "__main__":
    main()
