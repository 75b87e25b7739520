"""A world that is edited while it runs: for environments and the embedded server."""

from factorion_cli.simulation.world.states import (
    ArmState,
    BeltState,
    ChestState,
    EndpointState,
    FluidState,
    InertState,
    MachineState,
    State,
)
from factorion_cli.simulation.world.world import Snapshot, World

__all__ = [
    "ArmState",
    "BeltState",
    "ChestState",
    "EndpointState",
    "FluidState",
    "InertState",
    "MachineState",
    "Snapshot",
    "State",
    "World",
]
