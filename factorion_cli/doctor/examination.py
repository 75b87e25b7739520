"""All that the doctor looks at, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from factorion_cli.doctor import game, machinery, packages
from factorion_cli.doctor.finding import Finding


def examine(binary: Path | None = None) -> Iterator[Finding]:
    """Findings as they come, what the later ones need first; the simulator may compile for half a minute.

    Args:
        binary: the game's program; None: that of $FACTORIO or in a usual place.
    """
    yield from _packages()
    yield machinery.cores()
    yield machinery.torch()
    yield machinery.numba()
    yield machinery.simulator()
    yield machinery.state()
    yield machinery.mod()
    yield from machinery.embedded()
    yield game.game(binary)
    yield game.installed_mod()


def _packages() -> Iterator[Finding]:
    try:
        asked = packages.wanted()
    except LookupError as error:
        yield Finding("factorion", "broken", str(error), f"pip install {packages.DISTRIBUTION}")
        return
    yield packages.factorion(asked)
    yield packages.python(asked)
    yield from packages.packages(asked)
