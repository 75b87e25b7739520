"""How many tasks a build writes per second, end to end, and how much memory it takes.

python -m tests.bench.bench_dataset
python -m tests.bench.bench_dataset --strings 2000 --workers 2
python -m tests.bench.bench_dataset --strings 100000 --distinct 2000   (memory: most strings are copies)

The input is made from the bundled blueprints: copies of each in which a few entities are taken out or moved, so that
every one is another design. Results on a machine that does other work are below what it can do; the process time of
all workers together is told as well.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from factorion_cli.blueprints import Print, encode, read_prints, to_factory
from factorion_cli.datasets.build import build_dataset
from factorion_cli.datasets.settings import BuildSettings
from factorion_cli.factory import Factory
from factorion_cli.scheduling import LocalPool, available_cores, local_pool

STARTER = Path(__file__).parents[2] / "datasets" / "starter" / "blueprints"
MIB = 1024
_TURNS = 50


def varied(design: Factory, rng: np.random.Generator) -> Factory:
    """The design with up to three entities taken out and one row of it cut off."""
    gone = rng.choice(len(design.entities), min(3, len(design.entities) // 4), replace=False)
    return replace(design.without([int(index) for index in gone]), sources=(), sinks=())


def strings(count: int, distinct: int) -> Iterator[str]:
    """`count` exchange strings of `distinct` designs."""
    designs = [to_factory(part) for part in read_prints(STARTER) if isinstance(part, Print)]
    made: list[str] = []
    for number in range(count):
        if number < distinct:
            rng = np.random.default_rng(number)
            base = designs[number % len(designs)]
            made.append(encode(base if number < len(designs) else varied(base, rng), label=f"design {number}"))
        yield made[number % distinct]


def main() -> None:
    """Build a dataset from made-up strings and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strings", type=int, default=600)
    parser.add_argument("--distinct", type=int, default=None, help="default: all of them")
    parser.add_argument("--workers", type=int, default=available_cores())
    parser.add_argument("--max-windows", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        prints = Path(folder) / "prints.txt"
        with prints.open("w") as stream:
            stream.writelines(f"{text}\n" for text in strings(options.strings, options.distinct or options.strings))
        with local_pool(options.workers) as pool:
            if pool is not None:
                list(pool.map(_warmed, range(4 * options.workers)))
            began, cpu = time.monotonic(), _cpu_seconds(pool)
            info, report = build_dataset(
                [str(prints)], Path(folder) / "ds", BuildSettings(max_windows=options.max_windows), pool
            )
            seconds, cpu = time.monotonic() - began, _cpu_seconds(pool) - cpu
        _print(options.workers, info.rows(), report.blueprints, report.designs, seconds, cpu)


def _warmed(_: int) -> None:
    """Load what a worker needs, as any build of more than a minute has done long since."""
    with tempfile.TemporaryDirectory() as folder:
        build_dataset([str(STARTER / "smelting.txt")], Path(folder) / "ds", BuildSettings(limit=2))


def _cpu_seconds(pool: LocalPool | None) -> float:
    """Process time of this process and of the workers."""
    spent = dict(pool.map(_process_time, range(_TURNS))) if pool is not None else {}
    return time.process_time() + sum(spent.values())


def _process_time(_: int) -> tuple[int, float]:
    time.sleep(0.01)  # so that every worker gets its turn
    return os.getpid(), time.process_time()


def _print(workers: int, tasks: int, blueprints: int, designs: int, seconds: float, cpu: float) -> None:
    own, child = (resource.getrusage(who).ru_maxrss / MIB for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"{blueprints:,} blueprints, {designs:,} designs, {tasks:,} tasks on {workers} workers: {seconds:.1f} s")  # noqa: T201
    print(f"{tasks / seconds:,.0f} tasks/s written, {tasks / cpu:,.0f} per second of process time")  # noqa: T201
    print(f"memory: {own:,.0f} MiB here, at most {child:,.0f} MiB in a worker")  # noqa: T201


if __name__ == "__main__":
    main()
