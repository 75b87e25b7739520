"""Designs built and measured in a game: an embedded one, one of the pool, or a real one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from factorion_cli.cli.pictures import slug

if TYPE_CHECKING:
    from factorion_cli.cli.design_report import Row
    from factorion_cli.design.batch import Designed

LEAST_TICKS, MOST_TICKS = 3_600, 36_000
ITEMS_AWAITED = 12
"""A design is watched until so many items should have arrived, but not for ever: a real game runs by the clock."""


def measure_in_game(designs: Sequence[Designed], rows: Sequence[Row], address: str, password_file: Path | None) -> None:
    """Build each design on a lab surface of its own name and note what each sink receives; rows are filled in."""
    from factorion_cli.servers.addresses import connected

    with connected(address, password_file) as live:
        for designed, row in zip(designs, rows, strict=True):
            factory = designed.design.factory
            if factory is None:
                continue
            surface = slug(designed.name)
            for failure in live.build(factory, surface):
                typer.echo(f"{designed.name}: the game did not build {failure}", err=True)
            ticks = _window(row.throughput)
            measured = live.measure(ticks, ticks, surface)
            wanted = {sink.id: sink.item for sink in factory.sinks}
            row.in_game = {sink: told.rates.get(wanted[sink] or "", 0.0) for sink, told in measured.items()}


def _window(rate: float) -> int:
    """Ticks to warm up, and to measure, for a design that promises `rate` items per second."""
    return max(LEAST_TICKS, min(MOST_TICKS, int(60 * ITEMS_AWAITED / rate)))
