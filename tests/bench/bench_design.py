"""How many tasks from markers the designer solves, how well and how soon; and whether its designs are valid.

python -m tests.bench.bench_design
python -m tests.bench.bench_design --tasks 200 --sizes 11 16 32 --plot docs/images/design.png
python -m tests.bench.bench_design --tasks 0 --validity 10000 --seed 9
python -m tests.bench.bench_design --tasks 50 --depths 2 --seed 31 --wanted spidertron --validity 0

The tasks are the trials of `tasks.marker_trials`. Times are processor time of one core, so that other work on the
machine does not count: each task is searched for `--seconds` of it. Normalised throughput is what `ticks` measures over
the rate of one fully fed assembling-machine-1 of the wanted item; a task that is not solved counts as 0. `capped`
counts no task for more than 1. Tasks without a design are named, with the reason, on lines that begin with `unsolved`;
`factorion design "markers:depth-D?seed=S&count=N"` draws the same ones.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from factorion_cli.design import Design, design
from factorion_cli.design.batch import Effort, design_all
from factorion_cli.errors import UsageError
from factorion_cli.scheduling import available_cores, in_order, local_pool
from factorion_cli.tasks.marker_suites import MOST_COUNT, suite
from factorion_cli.tasks.marker_trials import TrialSettings
from factorion_cli.tasks.markers import MarkerTask
from factorion_cli.tasks.recipe_tree import rate_of_one
from tests.bench.design_checks import problems

MACHINE = "assembling-machine-1"
CHECKED_AT_ONCE = 50
UNLIMITED = 1e9
_VARIETY = ("size=11", "size=11&blocked=0.1", "size=16&markers=anywhere", "size=16&allowed=all&power=unlimited")


def main() -> None:
    """Design what was asked for and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=20, help="of each depth and size; 0: only look for faults")
    parser.add_argument("--depths", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--sizes", type=int, nargs="+", default=[11])
    parser.add_argument("--wanted", nargs="+", metavar="ITEM", help="only tasks that ask for one of these")
    parser.add_argument("--seconds", type=float, default=5.0, help="of one core for each task")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=available_cores())
    parser.add_argument("--validity", type=int, default=40, help="designs to look for faults in")
    parser.add_argument("--plot", type=Path, help="where to draw the share solved over time")
    options = parser.parse_args()
    with local_pool(options.workers) as pool:
        warm_up(options.workers, pool)
        curves = _print_solved(options, pool) if options.tasks else {}
        if options.validity:
            _print_validity(options.validity, options.seed, pool)
    if options.tasks and not options.wanted:
        _print_speed(options.depths, options.seed, options.tasks)
    if options.plot:
        _draw(curves, options.tasks, options.seconds, options.plot)


def _print_solved(options: argparse.Namespace, pool: Executor | None) -> dict[str, list[float]]:
    """A row for each size and depth, then what is unsolved; by their names the seconds to the first designs."""
    curves: dict[str, list[float]] = {}
    unsolved: list[Design] = []
    _say("| depth | size | solved | normalised | capped | of bound, median | first after, median | slowest |")
    _say("|---|---|---|---|---|---|---|---|")
    for size in options.sizes:
        for depth in options.depths:
            tasks = islice(_drawn(depth, size, options), options.tasks)
            found = list(in_order(pool, timed, ((task, options.seconds, False) for task in tasks)))
            _say(_row(depth, size, found))
            unsolved += [timed.design for timed in found if not timed.design.solved]
            curves[f"depth {depth}, {size}x{size}"] = _times(found)
    for none in unsolved:
        _say(f"unsolved {none.task.factory.id} ({none.task.factory.sinks[0].item}): {none.reason}")
    return curves


def _drawn(depth: int, size: int, options: argparse.Namespace) -> Iterator[MarkerTask]:
    """The tasks of a seed in their order, of all items or of those that are wanted."""
    asked = {frontier.item for frontier in TrialSettings(depth=depth, size=size).wanted()}
    if options.wanted and asked.isdisjoint(options.wanted):
        raise UsageError(f"no task of depth {depth} on {size}x{size} tiles asks for {', '.join(options.wanted)}")
    count = MOST_COUNT if options.wanted else options.tasks
    for task in suite(f"markers:depth-{depth}?size={size}&count={count}&seed={options.seed}"):
        if not options.wanted or task.factory.sinks[0].item in options.wanted:
            yield task


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def warm_up(workers: int, pool: object) -> None:
    """Let every worker compile or load what it needs, which no task should pay for."""
    list(design_all(suite(f"markers:depth-1?count={4 * workers}&seed=999"), Effort(seconds=1, first=True), pool))  # type: ignore[arg-type]


class Timed(NamedTuple):
    """A design with processor seconds: until the first that works (None: none did), and in all."""

    design: Design
    first: float | None
    spent: float


def timed(job: tuple[MarkerTask, float, bool]) -> Timed:
    """The design of a task after so many seconds of processor time; `True`: the first that works."""
    task, seconds, only_first = job
    began = time.process_time()
    firsts: list[float] = []

    def stop() -> bool:
        return time.process_time() - began >= seconds or (only_first and bool(firsts))

    best = design(task, seconds=UNLIMITED, stop=stop, report=lambda _: firsts.append(time.process_time() - began))
    return Timed(best, firsts[0] if firsts else None, time.process_time() - began)


def normalised(found: Design) -> float:
    """Throughput over that of one fully fed machine of the wanted item."""
    (sink,) = found.task.factory.sinks
    return found.throughput / rate_of_one(sink.item or "", MACHINE)


def _times(found: Sequence[Timed]) -> list[float]:
    return sorted(timed.first for timed in found if timed.first is not None)


def _row(depth: int, size: int, found: Sequence[Timed]) -> str:
    rates = [normalised(timed.design) for timed in found]
    times = _times(found)
    shares = [timed.design.share_of_bound for timed in found if timed.design.solved]
    middle, share = (np.median(times), np.median(shares)) if times else (0.0, 0.0)
    return (
        f"| {depth} | {size} | {len(times) / len(found):.1%} | {np.mean(rates):.2f} "
        f"| {np.minimum(rates, 1).mean():.2f} | {share:.0%} | {middle:.2f} s | {max(times, default=0):.2f} s |"
    )


def _print_speed(depths: Sequence[int], seed: int, count: int) -> None:
    """Tasks solved per second of processor time on one core, taking the first design that works."""
    timed((next(iter(suite("markers:depth-1?count=1&seed=999"))), 1.0, True))
    for depth in depths:
        found = [timed((task, 2.0, True)) for task in suite(f"markers:depth-{depth}?count={count}&seed={seed}")]
        spent, solved = sum(timed.spent for timed in found), sum(timed.design.solved for timed in found)
        _say(f"depth {depth}: {solved / spent:.1f} tasks solved per second and core, {solved} of {count} within 2 s")


def _mixed(count: int, seed: int) -> Iterator[MarkerTask]:
    """Tasks of all depths, in squares of two sizes, with markers at the edge or not, blocked or not, of both sets."""
    kinds = [
        suite(f"markers:depth-{depth}?{kind}&count={count}&seed={seed}") for depth in range(4) for kind in _VARIETY
    ]
    walks = [iter(kind) for kind in kinds]
    yield from islice((task for row in zip(*walks, strict=True) for task in row), count)


def _print_validity(count: int, seed: int, pool: object) -> None:
    faults: Counter[str] = Counter()
    solved = unsolved = 0
    found = design_all(_mixed(count, seed), Effort(seconds=1, first=True), pool)  # type: ignore[arg-type]
    while batch := list(islice(found, CHECKED_AT_ONCE)):
        good = [designed for designed in batch if designed.design.factory is not None]
        factories = [designed.design.factory for designed in good if designed.design.factory is not None]
        solved, unsolved = solved + len(good), unsolved + len(batch) - len(good)
        for designed, wrong in zip(good, problems([one.design.task for one in good], factories), strict=True):
            faults.update(wrong[:1])
            for fault in wrong:
                _say(f"  {designed.name}: {fault}")
    _say(
        f"{solved:,} designs ({unsolved:,} tasks unsolved): {faults.total():,} with a fault after an hour of game time"
    )


def _draw(curves: dict[str, list[float]], tasks: int, seconds: float, path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for name, times in curves.items():
        end = max([seconds, *times])
        shares = np.arange(1, len(times) + 2).clip(max=len(times)) / tasks
        axes.step([*times, end], shares, where="post", label=name)
    axes.set(xscale="log", xlabel="seconds on one core", ylabel="share solved", ylim=(0, 1.02))
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
