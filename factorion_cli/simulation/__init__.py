"""The dynamic model: the tick simulator, and what each sink of a factory receives per second."""

from factorion_cli.simulation.result import MachineReport, SimulationResult
from factorion_cli.simulation.throughput import ENGINES, throughput

__all__ = ["ENGINES", "MachineReport", "SimulationResult", "throughput"]
