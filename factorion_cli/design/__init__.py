"""The expert: places and routes a factory between given sources and sinks."""

from factorion_cli.design.result import Design
from factorion_cli.design.solve import Objective, design

__all__ = ["Design", "Objective", "design"]
