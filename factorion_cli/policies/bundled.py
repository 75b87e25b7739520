"""Trained policies that come with the package, by name; docs/results.md says what each can do."""

from __future__ import annotations

from pathlib import Path

DATA = Path(__file__).parent / "data"
BUNDLED = {
    "builder": "builds from markers alone",
    "mender": "puts back what is missing",
}
"""What each is for."""


def bundled_folder(name: str) -> Path | None:
    """Where the weights of a bundled policy lie; None where no policy has this name."""
    return DATA / name if name in BUNDLED else None
