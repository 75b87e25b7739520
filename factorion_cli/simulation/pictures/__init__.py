"""Pictures of a simulated factory: a flow picture of who makes what for whom, and a heat map of its belts."""

from factorion_cli.simulation.pictures.flow_picture import write_flow_picture
from factorion_cli.simulation.pictures.heat_map import write_heat_map

__all__ = ["write_flow_picture", "write_heat_map"]
