"""Every colour of the pictures, our own: chosen to be told apart on a dark ground, not taken from the game."""

from __future__ import annotations

import colorsys
import hashlib

GROUND = "#22262b"
SHEET = "#191c20"
GRID = "#2b3036"
BLOCKED = "#54483d"
INK = "#0f1114"
PAPER = "#e9edf2"
MUTED = "#9aa4b0"

MISSING = "#4fe3ff"
ADDED = "#5cf08a"
WRONG = "#ff5d5d"
SOURCE = "#2f9e5b"
SOURCE_EDGE = "#7df0a8"
SINK = "#9b3fb5"
SINK_EDGE = "#ee9dff"
WIRE = "#c9814a"
SUPPLY_AREA = "#4f9cff"

BELT_TRACK = "#3b4047"
TIERS = {"": "#f0bd3e", "fast": "#ee5c4f", "express": "#4fa6f2", "turbo": "#9bd94f"}

INSERTERS = {
    "burner-inserter": "#a4a9ae",
    "inserter": "#f0bd3e",
    "long-handed-inserter": "#ee5c4f",
    "fast-inserter": "#4fa6f2",
    "bulk-inserter": "#7fd35a",
    "stack-inserter": "#f4f6f8",
}

BODIES = {
    "assembling-machine-1": "#5d666f",
    "assembling-machine-2": "#41648c",
    "assembling-machine-3": "#5f7d3d",
    "chemical-plant": "#4c6f6a",
    "oil-refinery": "#5b5577",
    "centrifuge": "#5a7a3a",
    "foundry": "#7c4f3a",
    "electromagnetic-plant": "#7b4a73",
    "biochamber": "#4f7040",
    "cryogenic-plant": "#4a6f86",
    "stone-furnace": "#6d6257",
    "steel-furnace": "#67635f",
    "electric-furnace": "#596571",
    "lab": "#6a6f86",
    "beacon": "#4a5070",
    "wooden-chest": "#9a6b3c",
    "iron-chest": "#7d8a96",
    "steel-chest": "#5f7488",
    "passive-provider-chest": "#b8433a",
    "active-provider-chest": "#7d48a8",
    "storage-chest": "#b98d2c",
    "buffer-chest": "#3f8a4a",
    "requester-chest": "#3a78b5",
    "electric-mining-drill": "#6f6a4d",
    "burner-mining-drill": "#6b6156",
    "solar-panel": "#31456b",
    "accumulator": "#5d6b55",
    "boiler": "#75604d",
    "roboport": "#6d6a58",
}
OTHER_BODY = "#515961"
PIPE = "#8c97a2"

_ITEMS = {
    "iron-ore": "#7f9bb3",
    "copper-ore": "#c8733f",
    "coal": "#3a3d42",
    "stone": "#b3a07f",
    "uranium-ore": "#7bbf3f",
    "wood": "#9a6b3c",
    "iron-plate": "#c3ccd6",
    "copper-plate": "#e08a4a",
    "steel-plate": "#8fa0b2",
    "stone-brick": "#b0a290",
    "plastic-bar": "#eceff2",
    "sulfur": "#e6d94a",
    "iron-gear-wheel": "#aeb8c2",
    "iron-stick": "#b4bec8",
    "copper-cable": "#e88b45",
    "electronic-circuit": "#4bb455",
    "advanced-circuit": "#d9473f",
    "processing-unit": "#4a7fd9",
    "pipe": "#8c97a2",
    "engine-unit": "#a38f6a",
    "electric-engine-unit": "#6f9fb5",
    "battery": "#7a9a6a",
    "low-density-structure": "#d0b35a",
    "automation-science-pack": "#e5484d",
    "logistic-science-pack": "#4fbf55",
    "military-science-pack": "#7d828a",
    "chemical-science-pack": "#45b5e0",
    "production-science-pack": "#a35ad0",
    "utility-science-pack": "#e6c84a",
    "space-science-pack": "#eef1f4",
    "transport-belt": "#f0bd3e",
    "inserter": "#f0bd3e",
    "water": "#4fa6f2",
    "steam": "#d5dde4",
    "crude-oil": "#4a4038",
    "petroleum-gas": "#8a5fb0",
    "light-oil": "#e0a04a",
    "heavy-oil": "#a8582f",
    "sulfuric-acid": "#c9d94a",
    "lubricant": "#5fa84a",
}


def item_colour(name: str) -> str:
    """A colour for an item or fluid: from the table, else one made from its name, the same on every machine."""
    if name in _ITEMS:
        return _ITEMS[name]
    digest = hashlib.sha256(name.encode()).digest()
    red, green, blue = colorsys.hls_to_rgb(digest[0] / 256, 0.5 + digest[1] / 1700, 0.45 + digest[2] / 1000)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def tier_colour(name: str) -> str:
    """Colour of the tier of a belt, underground, splitter or loader."""
    return TIERS.get(name.split("-")[0], TIERS[""])


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mixed(colour: str, other: str, share: float) -> str:
    """The colour with a share (0 to 1) of another mixed in."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    red, green, blue = (round(a + (b - a) * share) for a, b in pairs)
    return f"#{red:02x}{green:02x}{blue:02x}"


def ink_on(colour: str) -> str:
    """Dark or light ink, whichever can be read on the colour."""
    red, green, blue = _channels(colour)
    return INK if 0.3 * red + 0.59 * green + 0.11 * blue > 130 else PAPER
