"""How fast the tick simulator is, how its cost grows, and how long its first call takes.

    python -m tests.bench.bench_simulation [--quick] [--plot docs/images/performance.png]

All figures are processor seconds of one core. The factories are those of
tests/bench/works.py, in which nearly every machine works, and random ones (tests/factories).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from factorion_cli.factory import Factory
from factorion_cli.simulation import throughput
from factorion_cli.simulation.building import build_world
from factorion_cli.simulation.compiling import compile_factory
from factorion_cli.simulation.running import run, start
from tests.bench.works import small_works, works
from tests.factories import random_factory

WARMUP_TICKS = 600
SIZES = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
SPANS = (1_000, 3_000, 10_000, 30_000, 100_000)
TARGETS = {60: 500_000, 1_000: 50_000}
"""Ticks per second of one core by entities."""
FIRST_CALL_S, LATER_PROCESS_S = 20.0, 2.0
BUDGET = 40_000_000
"""Entity-ticks for one point of the curve."""


@dataclass(frozen=True, slots=True)
class Cost:
    """One factory: seconds to make it ready, seconds per tick, bytes of its arrays, share of machines at work."""

    entities: int
    ticks: int
    prepare_s: float
    tick_s: float
    size: int
    working: float


def cost(factory: Factory, ticks: int, rounds: int = 3) -> Cost:
    """Measure one factory alone, the best of several rounds."""
    started = time.process_time()
    compiled = compile_factory(factory)
    world, _ = build_world([compiled])
    prepared = time.process_time() - started
    start(world)
    run(world, WARMUP_TICKS, 1)
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        run(world, ticks, 1)
        best = min(best, (time.process_time() - started) / ticks)
    return Cost(len(factory.entities), ticks, prepared, best, sum(array.nbytes for array in world), _working(factory))


def _working(factory: Factory) -> float:
    """Share of the machines that craft."""
    if len(factory.entities) > 20_000:
        return float("nan")
    (result,) = throughput([factory], warmup_ticks=3600, measure_ticks=1800, threads=1)
    return sum(machine.utilisation > 0 for machine in result.machines) / max(1, len(result.machines))


def speed(quick: bool) -> None:
    """Ticks per second of a small and a middling factory."""
    print("ticks per second of one core")  # noqa: T201
    for factory, span in ((small_works(), 400_000), (works(1_000), 40_000)):
        found = cost(factory, span // 10 if quick else span, 5)
        target = TARGETS[found.entities]
        verdict = "met" if 1 / found.tick_s >= target else "MISSED"
        print(  # noqa: T201
            f"  {found.entities:6d} entities  {factory.width:3d}x{factory.height:<4d} {1 / found.tick_s:12,.0f} ticks/s"
            f"   target {target:9,d}: {verdict}   ({100 * found.working:.0f} % of machines work)"
        )


def random_speed(count: int = 24) -> None:
    """Ticks per second of random 11x11 factories of about 60 entities: what the tidy ones above may hide."""
    chosen: list[Factory] = []
    seed = 0
    while len(chosen) < count:
        factory = random_factory(seed, 11, 11)
        seed += 1
        if 50 <= len(factory.entities) <= 70:
            chosen.append(factory)
    rates = sorted(1 / cost(factory, 20_000, 2).tick_s for factory in chosen)
    print(f"  {count} random factories 11x11 of 50 to 70 entities: slowest {rates[0]:,.0f}", end="")  # noqa: T201
    print(f", median {rates[count // 2]:,.0f}, fastest {rates[-1]:,.0f} ticks/s")  # noqa: T201


def curve(quick: bool) -> list[Cost]:
    """Cost by entities."""
    print("\ncost by entities\nentities   us/tick  ns/entity/tick  prepare us/entity  bytes/entity")  # noqa: T201
    found = []
    for size in SIZES[: 4 if quick else None]:
        point = cost(works(size), max(40, BUDGET // size // (10 if quick else 1)))
        found.append(point)
        print(  # noqa: T201
            f"{point.entities:8d} {1e6 * point.tick_s:9.2f} {1e9 * point.tick_s / point.entities:15.2f}"
            f" {1e6 * point.prepare_s / point.entities:18.1f} {point.size / point.entities:13.0f}"
        )
    return found


def spans(quick: bool) -> list[Cost]:
    """Cost by ticks, of 1,000 entities."""
    print("\ncost by ticks, 1,000 entities\n   ticks        ms   us/tick")  # noqa: T201
    found = []
    for span in SPANS[: 3 if quick else None]:
        point = cost(works(1_000), span)
        found.append(point)
        print(f"{span:8d} {1e3 * point.tick_s * span:9.2f} {1e6 * point.tick_s:9.2f}")  # noqa: T201
    return found


_FIRST_CALL = """
import sys, time
started = time.perf_counter()
from factorion_cli.simulation import throughput
from tests.bench.works import small_works
throughput([small_works()], engine=sys.argv[1])
print(time.perf_counter() - started, time.process_time())
"""


def first_call() -> None:
    """Seconds of a first call with nothing compiled yet, and of the same call in a later process.

    One thread does it all, so on a machine that is not shared both figures are the same; the target is held against
    the processor's.
    """
    print("\nfirst call of a process, imports included")  # noqa: T201
    for engine in ("ticks", "flow"):
        with tempfile.TemporaryDirectory() as empty:
            settings = {**os.environ, "NUMBA_CACHE_DIR": empty}
            for label, target in (("compiling", FIRST_CALL_S), ("compiled before", LATER_PROCESS_S)):
                command = [sys.executable, "-c", _FIRST_CALL, engine]
                answer = subprocess.run(command, env=settings, capture_output=True, text=True, check=True)
                wall, seconds = map(float, answer.stdout.split()[-2:])
                verdict = "met" if seconds < target else "MISSED"
                print(  # noqa: T201
                    f"  {engine:5} {label:16} {seconds:6.2f} s   target {target:.0f} s: {verdict}   (wall {wall:.2f} s)"
                )


def plot(path: Path, sizes: Sequence[Cost], ticks: Sequence[Cost]) -> None:
    """Both curves, log-log, with a straight line of slope one beside each."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.8), layout="constrained", dpi=110)
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    left.set(xlabel="entities", ylabel="microseconds per tick", title="by entities")
    right.set(xlabel="ticks", ylabel="milliseconds", title="by ticks, 1,000 entities")
    left_points = [(point.entities, 1e6 * point.tick_s) for point in sizes]
    right_points = [(point.ticks, 1e3 * point.tick_s * point.ticks) for point in ticks]
    for axes, points in ((left, left_points), (right, right_points)):
        across, up = zip(*points, strict=True)
        slope = up[len(up) // 2] / across[len(up) // 2]
        axes.loglog(across, [slope * value for value in across], color="#bfccd6", linewidth=5, label="linear")
        axes.loglog(across, up, "o-", color="#d9822b", linewidth=1.2, markersize=4, label="ticks engine")
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.3, linewidth=0.6)
        axes.legend(frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png", metadata={"Software": None})
    print(f"\nthe curves are in {path}")  # noqa: T201


def main(arguments: Sequence[str] | None = None) -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description="speed and cost of the tick simulator")
    parser.add_argument("--quick", action="store_true", help="smaller factories and shorter spans")
    parser.add_argument("--plot", type=Path, help="draw the curves into this PNG")
    options = parser.parse_args(arguments)
    speed(options.quick)
    random_speed()
    first_call()
    sizes, ticks = curve(options.quick), spans(options.quick)
    if options.plot is not None:
        plot(options.plot, sizes, ticks)


if __name__ == "__main__":
    main()
