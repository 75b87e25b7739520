"""Compiled kernels over the arrays of `simulation.layout`: integers only, one fixed order, no allocation."""

from pathlib import Path

from factorion_cli.simulation.kernel_cache import drop_stale_cache

_HERE = Path(__file__).parent
_SHARED = (
    "layout.py",
    "watching.py",
    "decisions.py",
    "batch.py",
    "flow_layout.py",
    "belt_rules.py",
    "sites.py",
    "site_ground.py",
)

drop_stale_cache(_HERE, [*sorted(_HERE.glob("*.py")), *(_HERE.parent / name for name in _SHARED)])
