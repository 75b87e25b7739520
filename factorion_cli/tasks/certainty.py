"""How sure an inferred endpoint is: what speaks for its place, times what speaks for its item.

The figures are set so that, by bands of confidence, about that share of inspected endpoints is what a player would name
(docs/inspection.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from factorion_cli.tasks.supply import Ground

OPEN_END = 1.0
CHEST = 1.0
CUT_UNDERGROUND = 0.95
CUT_ARM = 0.9
"""An arm that reaches onto a free tile: something stood there, but a belt as well as a chest."""
HEMMED_IN = 0.7
"""An end without room in front of it may be meant as a dead end."""

GROUNDS: Mapping[Ground, tuple[float, str]] = MappingProxyType(
    {
        "only": (0.97, "the only way in for {}"),
        "chosen": (0.8, "one of several ways in for {}"),
        "spare": (0.7, "more {} for the same machines"),
        "named": (0.97, "a filter names {}"),
        "anything": (0.95, "{}: any item would do"),
    }
)
"""How far each reason to bring an item is to be trusted, and its words."""

SHARED_BELT = 0.95
"""Two items on one belt: which comes on which lane is open."""
GUESSED_ORE = 0.75
"""For furnaces or drills of which nothing says what they work on."""
FUEL_LANE = 0.9
"""Fuel may also be meant to come by hand."""

LAB = 1.0
PACKS = 0.85
"""Which science packs a lab gets follows from the number of lanes; which lane brings which is open."""

ONE_PRODUCT, SEVERAL_PRODUCTS, PASSING = 0.97, 0.85, 0.95
