"""Which entities a from-markers task lets a designer use: sets of them by name."""

from __future__ import annotations

BASIC = (
    "assembling-machine-1",
    "inserter",
    "long-handed-inserter",
    "medium-electric-pole",
    "small-electric-pole",
    "splitter",
    "transport-belt",
    "underground-belt",
)
"""What a player has in the first hour: one tier of belts and machines."""

ALL = tuple(
    sorted(
        (
            *BASIC,
            *("assembling-machine-2", "assembling-machine-3"),
            *("stone-furnace", "steel-furnace", "electric-furnace"),
            *("fast-inserter", "bulk-inserter"),
            *("fast-transport-belt", "fast-underground-belt", "fast-splitter"),
            *("express-transport-belt", "express-underground-belt", "express-splitter"),
            "substation",
        )
    )
)
"""What the base game has of machines for solid items, of arms, belts and poles."""

ALLOWED_SETS = {"basic": BASIC, "all": ALL}
"""The sets that a task may name; without a word a task allows "all"."""
