"""The flow engine beside the closest public project (PyPI factorion-server), on the worlds that its lessons generate.

    python -m tests.bench.bench_peer [--worlds N] [--rounds N] [--engine flow|rates|ticks] [--sizes 11,32]

Both score the same worlds on one core of this machine in one run, turn and turn about, and for as long in each turn:
what it costs to begin with cold caches then weighs the same. For each lesson the best round counts. Ours goes from the
arrays of a batch to the rates of every sink, connectivity included; the peer's simulate_throughput goes from its tensor
to a score. The peer is installed into its own environment under build/, without its dependencies, which are gigabytes
and not needed here.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from factorion_cli.factory import Factory
from factorion_cli.simulation import throughput
from tests.bench.peer_worlds import game_names, to_factory

HOME = Path("build/peer")
VERSION = "factorion-server==0.7.1"
TARGET = 10.0
BELT_LESSONS = (
    "MOVE_ONE_ITEM", "SPLITTER_SPLIT", "SPLITTER_MERGE_SIDELOADED", "MOVE_VIA_UG_BELT", "CROSS_UNDER_BELT",
    "ROUTE_BELTS",
)  # fmt: skip
"""Lessons of belts and splitters alone, on which the peer is right: the translation is checked on them."""


def our_scorer(factories: Sequence[Factory], engine: str) -> Callable[[], Any]:
    """What is timed: one call that scores the whole batch on one thread, from its arrays."""
    if engine == "ticks":
        return lambda: throughput(factories, engine=engine, threads=1)
    from factorion_cli.simulation.batch import FactoryBatch
    from factorion_cli.simulation.doubt_measuring import measured_doubts
    from factorion_cli.simulation.flowing import flow_rates

    batch = FactoryBatch.from_factories(factories)
    if engine == "rates":
        return lambda: flow_rates(batch)
    return lambda: list(measured_doubts(flow_rates(batch, doubting=True), threads=1))


class Peer:
    """The worker process in the peer's environment."""

    def __init__(self) -> None:
        python = HOME / "venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        if not (HOME / "ready").exists():
            print(f"installing {VERSION} into {HOME / 'venv'} ...", file=sys.stderr)  # noqa: T201
            venv.create(HOME / "venv", with_pip=True, clear=True)
            pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
            subprocess.run([*pip, "--no-deps", VERSION, "numpy"], check=True)
            (HOME / "ready").touch()
        worker = [str(python), str(Path(__file__).with_name("peer_worker.py"))]
        self.process = subprocess.Popen(worker, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, what: str, **options: Any) -> Any:
        """One answer of the worker."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": what, **options}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        """End the worker."""
        self.process.communicate()


@dataclass(frozen=True, slots=True)
class Row:
    """One lesson at one size, in microseconds of processor time per factory."""

    kind: str
    worlds: int
    entities: float
    peer_us: float
    our_us: float

    @property
    def ratio(self) -> float:
        """How many times as many factories per second ours scores."""
        return self.peer_us / self.our_us


def _time(score: Callable[[], Any], least: float) -> float:
    """Processor seconds of one call, called again and again for at least so many seconds."""
    started = time.process_time()
    calls, taken = 0, 0.0
    while taken < least or not calls:
        score()
        calls += 1
        taken = time.process_time() - started
    return taken / calls


def _measure(peer: Peer, kind: str, path: str, factories: list[Factory], engine: str, rounds: int) -> Row:
    score = our_scorer(factories, engine)
    score()
    theirs = ours = math.inf
    for _ in range(rounds):
        turn = peer.ask("time", path=path, rounds=1)["seconds"]
        theirs = min(theirs, turn)
        ours = min(ours, _time(score, turn))
    count = len(factories)
    entities = sum(len(factory.entities) for factory in factories) / count
    return Row(kind, count, entities, 1e6 * theirs / count, 1e6 * ours / count)


def _check(kind: str, factories: list[Factory], deliveries: list[list[list[Any]]], agreed: list[bool]) -> None:
    """Hold ticks against the peer where the peer is right: a wrong translation shows here."""
    if kind not in BELT_LESSONS:
        return
    for result, sinks in zip(throughput(factories[:8]), deliveries, strict=False):
        agreed += [math.isclose(result.rate(f"K{x}_{y}"), rate, rel_tol=0.01, abs_tol=0.01) for x, y, _, rate in sinks]


def _mean(values: Iterable[float]) -> float:
    """Geometric mean."""
    return math.exp(statistics.fmean(map(math.log, values)))


def _print(size: int, rows: list[Row]) -> None:
    print(f"\n{size}x{size}                          worlds  entities   peer us    our us    times")  # noqa: T201
    for row in rows:
        figures = f"{row.worlds:6d} {row.entities:9.1f} {row.peer_us:9.2f} {row.our_us:9.2f} {row.ratio:8.1f}"
        print(f"{row.kind.lower():32} {figures}")  # noqa: T201
    peer, ours = _mean(row.peer_us for row in rows), _mean(row.our_us for row in rows)
    ratio = _mean(row.ratio for row in rows)
    verdict = "met" if ratio >= TARGET else "missed"
    print(f"{'geometric mean':32} {len(rows):6d} {'':9} {peer:9.2f} {ours:9.2f} {ratio:8.1f}")  # noqa: T201
    print(f"target: {TARGET:.0f} times as many factories per second: {verdict}")  # noqa: T201


def main(arguments: Sequence[str] | None = None) -> None:
    """Install, measure and print."""
    parser = argparse.ArgumentParser(description="our engine and the peer's on the peer's worlds")
    parser.add_argument("--worlds", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--engine", default="flow")
    parser.add_argument("--sizes", default="11,32")
    options = parser.parse_args(arguments)
    peer = Peer()
    names, kinds = game_names(peer.ask("items")), peer.ask("kinds")
    agreed: list[bool] = []
    for size in map(int, options.sizes.split(",")):
        rows = []
        for kind, number in kinds.items():
            path = str((HOME / f"worlds-{size}-{kind}.npy").resolve())
            deliveries = peer.ask("build", size=size, kind=number, count=options.worlds, path=path)
            factories = [to_factory(world, names) for world in np.load(path)]
            if factories:
                _check(kind, factories, deliveries, agreed)
                rows.append(_measure(peer, kind, path, factories, options.engine, options.rounds))
        _print(size, rows)
    peer.close()
    print(f"\nticks and the peer agree on {sum(agreed)} of {len(agreed)} sinks of lessons with belts and splitters")  # noqa: T201


if __name__ == "__main__":
    main()
