"""What vanilla things were called before: the game's own migrations, and what a game version means for a print.

Source: the migration files in the game's `data/*/migrations`, versions 0.13 to 2.1.
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType

from factorion_cli.prototypes import load_table

Version = tuple[int, int]
"""(major, minor) of the game; (0, 0) when a print does not say."""

MODERN: Version = (2, 0)

# Names that never came to mean something else, so they are renamed whatever the version says.
_ALWAYS = {
    "advanced-material-processing-unit": "processing-unit",
    "cargo-bay-extractor": "landing-pad-unloading-bay",
    "curved-rail": "legacy-curved-rail",
    "diesel-locomotive": "locomotive",
    "effectivity-module": "efficiency-module",
    "effectivity-module-2": "efficiency-module-2",
    "effectivity-module-3": "efficiency-module-3",
    "empty-barrel": "barrel",
    "filter-inserter": "fast-inserter",
    "fluid-barrel": "barrel",
    "high-tech-science-pack": "utility-science-pack",
    "logistic-chest-active-provider": "active-provider-chest",
    "logistic-chest-buffer": "buffer-chest",
    "logistic-chest-passive-provider": "passive-provider-chest",
    "logistic-chest-requester": "requester-chest",
    "logistic-chest-storage": "storage-chest",
    "molten-copper": "copper-ore-melting",
    "molten-iron": "iron-ore-melting",
    "player-port": "wooden-chest",
    "raw-wood": "wood",
    "science-pack-1": "automation-science-pack",
    "science-pack-2": "logistic-science-pack",
    "science-pack-3": "chemical-science-pack",
    "stack-filter-inserter": "bulk-inserter",
    "used-up-uranium-fuel-cell": "depleted-uranium-fuel-cell",
    "wood-processing": "tree-seed",
}
# Names that 2.0 gave to something new.
_BEFORE_2_0 = {
    "fusion-reactor-equipment": "fission-reactor-equipment",
    "stack-inserter": "bulk-inserter",
    "straight-rail": "legacy-straight-rail",
}
# Names that mods took over after the game had given them up.
_BEFORE_0_17 = {
    "basic-accumulator": "accumulator",
    "basic-beacon": "beacon",
    "basic-inserter": "inserter",
    "basic-mining-drill": "electric-mining-drill",
    "basic-splitter": "splitter",
    "basic-transport-belt": "transport-belt",
    "basic-transport-belt-to-ground": "underground-belt",
    "basic-underground-belt": "underground-belt",
    "express-transport-belt-to-ground": "express-underground-belt",
    "fast-transport-belt-to-ground": "fast-underground-belt",
    "small-pump": "pump",
    "smart-chest": "steel-chest",
    "smart-inserter": "fast-inserter",
    "transport-belt-to-ground": "underground-belt",
    "wall": "stone-wall",
}
RENAMES = MappingProxyType({"always": _ALWAYS, "before 2.0": _BEFORE_2_0, "before 0.17": _BEFORE_0_17})
"""Old name -> name in 2.1, by the versions in which the old name had that meaning."""

FILTERED = frozenset({"filter-inserter", "stack-filter-inserter", "smart-inserter"})
"""Inserters whose filters were always on; their successors have a switch for it."""

REMOVED = frozenset(
    {
        "artillery-targeting-remote", "discharge-defense-remote", "green-wire", "iron-axe", "red-wire",
        "rocket-control-unit", "satellite", "spidertron-remote", "steel-axe", "wood",
    }
)  # fmt: skip
"""Vanilla items and recipes of older versions that 2.x has nothing for: a machine that made one makes nothing now."""


@lru_cache(maxsize=4096)
def entity_name(name: str, version: Version) -> str:
    """The entity's name in 2.1; a name that nobody knows comes back as it is."""
    if version < MODERN and name in _BEFORE_2_0:
        return _BEFORE_2_0[name]
    if version < (0, 17) and name in _BEFORE_0_17:
        return _BEFORE_0_17[name]
    return _ALWAYS.get(name, name)


def item_name(name: str, version: Version) -> str:
    """The item's name in 2.1. Rails are the exception among entities: their item kept its name."""
    return "rail" if name in {"curved-rail", "straight-rail"} else entity_name(name, version)


def recipe_name(name: str, version: Version) -> str:
    """The recipe's name in 2.1; filling a barrel lost its prefix in 2.0."""
    if name.startswith("fill-") and name.endswith("-barrel"):
        return name.removeprefix("fill-")
    renamed = item_name(name, version)
    return renamed if renamed in load_table().recipes else name


def is_modded_recipe(name: str | None) -> bool:
    """Whether a renamed recipe comes from a mod; parameters of 2.0 prints and what vanilla gave up do not."""
    if name is None or name in load_table().recipes or name in REMOVED:
        return False
    return not name.startswith("parameter-")


def version_of(packed: object) -> tuple[Version, str]:
    """((major, minor), text) of the 64-bit version number of a print: four 16-bit parts, the highest first.

    >>> version_of(281479275675648)
    ((1, 1), '1.1.61')
    >>> version_of(None)
    ((0, 0), 'unknown')
    """
    if not isinstance(packed, int) or isinstance(packed, bool) or packed <= 0:
        return (0, 0), "unknown"
    major, minor, patch = packed >> 48, packed >> 32 & 0xFFFF, packed >> 16 & 0xFFFF
    return (major, minor), f"{major}.{minor}.{patch}"
