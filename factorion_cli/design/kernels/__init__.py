"""Compiled kernels of the search: they place, route and lay poles on the arrays of `design.layout`."""

from pathlib import Path

from factorion_cli.simulation.kernel_cache import drop_stale_cache

_HERE = Path(__file__).parent

drop_stale_cache(_HERE, [*sorted(_HERE.glob("*.py")), _HERE.parent / "layout.py"])
