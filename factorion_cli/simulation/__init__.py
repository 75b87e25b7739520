"""The dynamic model: the tick simulator, and what each sink of a factory receives per second."""

from typing import TYPE_CHECKING, Any

from factorion_cli.simulation.result import ArmReport, BeltReport, LaneReport, MachineReport, SimulationResult
from factorion_cli.simulation.throughput import ENGINES, throughput

if TYPE_CHECKING:
    from factorion_cli.simulation.world import Snapshot, World

__all__ = [
    "ENGINES",
    "ArmReport",
    "BeltReport",
    "LaneReport",
    "MachineReport",
    "SimulationResult",
    "Snapshot",
    "World",
    "throughput",
]


def __getattr__(name: str) -> Any:
    # A world brings numba with it, which is heavy: whoever only imports the room must not pay for it.
    if name in ("Snapshot", "World"):
        from factorion_cli.simulation import world

        return getattr(world, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
