"""Compiled kernels on disk: dropped when any source that goes into them has changed.

numba keeps compiled kernels beside the sources but looks only at the file of the function that is called, not at
those it calls.
"""

import contextlib
import hashlib
from collections.abc import Iterable
from pathlib import Path


def drop_stale_cache(kernels: Path, sources: Iterable[Path]) -> None:
    """Delete the compiled files in a folder of kernels unless they were made from these very sources."""
    # A read-only installation keeps its cache elsewhere, keyed by the sources' time stamps.
    with contextlib.suppress(OSError):
        _drop_stale(
            kernels / "__pycache__", hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
        )


def _drop_stale(cache: Path, digest: str) -> None:
    stamp = cache / "kernels.sha256"
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest:
        return
    for path in (*cache.glob("*.nbi"), *cache.glob("*.nbc")):
        path.unlink(missing_ok=True)
    cache.mkdir(exist_ok=True)
    stamp.write_text(digest, encoding="ascii")
