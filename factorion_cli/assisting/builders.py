"""Who builds: something that looks at a site and proposes entities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from factorion_cli.assisting.counter import Site
from factorion_cli.factory import Entity

LEAST_RATE = 1e-3
"""Items per second below which nothing is delivered."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to place, in order.

    Attributes:
        entities: to be placed; empty when nothing was found.
        expected: items per second into all sinks afterwards, by the simulator.
        before: the same as the site is.
        reason: why nothing was found; "" otherwise.
    """

    entities: tuple[Entity, ...]
    expected: float
    before: float
    reason: str = ""


class Builder(Protocol):
    """Proposes what to build."""

    def propose(self, site: Site) -> Proposal:
        """What to place at a site; never raises for a site that it can do nothing about."""
        ...


def found_nothing(before: float) -> Proposal:
    """The proposal to leave a site that delivers so many items per second as it is."""
    delivers = f"{before:.2f}/s already" if before >= LEAST_RATE else "nothing"
    return Proposal((), before, before, f"no way found to deliver more ({delivers})")
