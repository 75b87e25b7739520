"""Where the power of an edited world comes from, while it runs: everywhere, or from its poles."""

from __future__ import annotations

from dataclasses import replace

from factorion_cli.errors import UsageError
from factorion_cli.factory import Entity
from factorion_cli.factory.factory import Power
from factorion_cli.simulation.world.site import Site

SWITCHED = ("unlimited", "poles")
"""Modes between which a world can change; the others decide how a world is made."""


def supply(site: Site, power: Power) -> None:
    """Feed the world otherwise from now on; what it changes for is looked at again."""
    for mode in (site.base.power.mode, power.mode):
        if mode not in SWITCHED:
            raise UsageError(f"a world cannot change its power to or from {mode!r}; expected {' or '.join(SWITCHED)}")
    if power == site.base.power:
        return
    site.settle()
    site.base = replace(site.base, power=power)
    site.supplied.clear()
    for number, thing in site.things.items():
        if isinstance(thing, Entity):
            site.energise(number, thing)
