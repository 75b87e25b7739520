"""Every file of a corpus of real blueprints is simulated: no traceback, what is left out is named, and it is quick.

Run with `pytest tests/simulation/test_corpus.py -n 0 -s` to see the slowest ten.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from factorion_cli.cli.simulate import _read
from factorion_cli.factory import Factory
from factorion_cli.prototypes import load_table
from factorion_cli.simulation import SimulationResult, throughput

_BESIDE = Path(__file__).parents[3] / "shared" / "blueprints" / "corpus"
CORPUS = Path(os.environ.get("FACTORION_CORPUS", _BESIDE))

SMALL = 500
"""Entities of a design up to which it has to be simulated within SECONDS of processor time, reading included."""

SECONDS = 2.0

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus of real blueprints here (set FACTORION_CORPUS)"),
]


@dataclass(frozen=True, slots=True)
class Timed:
    """One design of one file, and what it took."""

    file: str
    id: str
    entities: int
    seconds: float


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _designs(path: Path) -> Iterator[tuple[Factory | SimulationResult, float]]:
    """Each design of a file with its share of the time that reading took."""
    begun = time.process_time()
    found = list(_read(str(path)))
    share = (time.process_time() - begun) / max(1, len(found))
    for design in found:
        yield design, share


def _inert_names(design: Factory) -> set[str]:
    """Trains, robots, circuits and combat: out of what is simulated, so they have to be named."""
    out = {
        "locomotive",
        "roboport",
        "constant-combinator",
        "decider-combinator",
        "gun-turret",
        "straight-rail",
        "radar",
    }
    return {entity.name for entity in design.entities if entity.name in out & set(load_table().entities)}


def test_every_file_ends_with_rates_or_a_reason_soon() -> None:
    throughput([Factory(1, 1)])  # compiled once, before anything is timed
    timed: list[Timed] = []
    files = sorted(path for path in CORPUS.rglob("*") if path.is_file())
    for path in files:
        for design, reading in _designs(path):
            if isinstance(design, SimulationResult):
                assert design.error
                continue
            begun = time.process_time()
            (result,) = throughput([design], threads=1)
            seconds = reading + time.process_time() - begun
            assert result.error is None, f"{path.name}: {result.error}"
            assert _inert_names(design) <= set(result.not_simulated), path.name
            timed.append(Timed(path.name, design.id, len(design.entities), seconds))
    _say(f"\n{len(files)} files, {len(timed)} designs, {sum(row.seconds for row in timed):.0f} s")
    small = [row for row in timed if row.entities <= SMALL]
    for title, rows in (("all", timed), (f"up to {SMALL} entities", small)):
        _say(f"slowest of {title}:")
        for row in sorted(rows, key=lambda row: -row.seconds)[:10]:
            _say(f"  {row.seconds:6.2f} s {row.entities:6} entities  {row.id}")
    assert all(row.seconds < SECONDS for row in small)
