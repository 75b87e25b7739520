"""The dynamic model: the tick simulator, and what each sink of a factory receives per second."""

from factorion_cli.simulation.result import ArmReport, BeltReport, LaneReport, MachineReport, SimulationResult
from factorion_cli.simulation.throughput import ENGINES, throughput

__all__ = ["ENGINES", "ArmReport", "BeltReport", "LaneReport", "MachineReport", "SimulationResult", "throughput"]
