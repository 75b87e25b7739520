"""Compiled kernels over the arrays of `simulation.layout`: integers only, one fixed order, no allocation.

numba keeps compiled kernels beside the sources but looks only at the file of the function that is called, not at
those it calls. So the compiled files are dropped here whenever any source that goes into them has changed.
"""

import contextlib
import hashlib
from pathlib import Path


def _sources() -> list[Path]:
    here = Path(__file__).parent
    shared = ("layout.py", "decisions.py", "batch.py", "flow_layout.py", "belt_rules.py")
    return [*sorted(here.glob("*.py")), *(here.parent / name for name in shared)]


def _drop_stale_cache() -> None:
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in _sources())).hexdigest()
    cache = Path(__file__).parent / "__pycache__"
    stamp = cache / "kernels.sha256"
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest:
        return
    for path in (*cache.glob("*.nbi"), *cache.glob("*.nbc")):
        path.unlink(missing_ok=True)
    cache.mkdir(exist_ok=True)
    stamp.write_text(digest, encoding="ascii")


# A read-only installation keeps its cache elsewhere, keyed by the sources' time stamps.
with contextlib.suppress(OSError):
    _drop_stale_cache()
