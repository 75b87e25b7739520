"""What limits a factory, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from factorion_cli.simulation.result import MachineReport

if TYPE_CHECKING:
    from factorion_cli.simulation.report import Measurement


def find_bottleneck(measured: Measurement, machines: list[MachineReport]) -> str | None:
    """A sentence naming what limits the factory, or None."""
    return None
