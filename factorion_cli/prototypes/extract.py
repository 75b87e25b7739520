"""Make the committed table from draftsman's copy of the game's data.

    python -m factorion_cli.prototypes.extract

draftsman (4.0.1) bundles base and space-age 2.1.20. Recycling and parameter recipes are left out: the former depend on
Lua's table order and change between loads. A test holds the committed table to a fresh extraction.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from factorion_cli.prototypes.extract_utilities import energy, fluid_row, utility_parts, vector
from factorion_cli.prototypes.table import GAME_VERSION, TABLE_PATH, TABLE_VERSION

_ROTATABLE_TYPES = {
    "boiler", "curved-rail-a", "curved-rail-b", "fluid-turret", "gate", "generator", "half-diagonal-rail", "inserter",
    "loader", "loader-1x1", "mining-drill", "offshore-pump", "pipe-to-ground", "pump", "rail-signal",
    "rail-chain-signal", "splitter", "storage-tank", "straight-rail", "train-stop", "transport-belt",
    "underground-belt", "linked-belt", "arithmetic-combinator", "decider-combinator", "selector-combinator",
    "constant-combinator", "power-switch", "fusion-generator", "fusion-reactor", "thruster", "valve",
    "asteroid-collector",
}  # fmt: skip


def _tile_size(raw: dict[str, Any], collision: list[list[float]]) -> tuple[int, int]:
    """Tiles covered facing north: the prototype's tile_width/height, else the collision box rounded up."""
    (left, top), (right, bottom) = collision
    width = raw.get("tile_width") or max(1, -int(-(right - left) // 1))
    height = raw.get("tile_height") or max(1, -int(-(bottom - top) // 1))
    return width, height


def _burner(raw: dict[str, Any]) -> bool:
    return bool(raw.get("energy_source", {}).get("type") == "burner")


def _belt(raw: dict[str, Any]) -> dict[str, Any]:
    return {"speed_subtiles": round(raw["speed"] * 256), "max_distance": raw.get("max_distance", 0)}


def _inserter(raw: dict[str, Any]) -> dict[str, Any]:
    # 1, plus the prototype's bonus, plus the 1 that the bulk-inserter technology gives to bulk arms (facts: hand_size).
    hand = 1 + raw.get("stack_size_bonus", 0) + (1 if raw.get("bulk") else 0)
    return {
        "rotation_speed": raw["rotation_speed"],
        "pickup": vector(raw["pickup_position"]),
        "drop": vector(raw["insert_position"]),
        "bulk": bool(raw.get("bulk")),
        "base_hand": hand,
        "filter_count": raw.get("filter_count", 0),
        "burner": _burner(raw),
    }


def _receiver(raw: dict[str, Any]) -> dict[str, Any]:
    """Whether modules and beacons count, and the productivity that is built in."""
    receiver = raw.get("effect_receiver", {})
    return {
        "uses_modules": receiver.get("uses_module_effects", True),
        "uses_beacons": receiver.get("uses_beacon_effects", True),
        "base_productivity": receiver.get("base_effect", {}).get("productivity", 0.0),
    }


def _machine(raw: dict[str, Any]) -> dict[str, Any]:
    return {
        "crafting_speed": raw["crafting_speed"],
        "categories": sorted(raw["crafting_categories"]),
        "module_slots": raw.get("module_slots", 0),
        "power_w": energy(raw["energy_usage"]),
        "burner": _burner(raw),
        "furnace": raw["type"] == "furnace",
        **_receiver(raw),
        "fluid_boxes": len(raw.get("fluid_boxes", [])),
    }


def _beacon(raw: dict[str, Any]) -> dict[str, Any]:
    return {
        "supply_area_distance": raw["supply_area_distance"],
        "effectivity": raw["distribution_effectivity"],
        "effectivity_per_quality": raw["distribution_effectivity_bonus_per_quality_level"],
        "module_slots": raw["module_slots"],
        "profile": list(raw["profile"]),
    }


def _drill(raw: dict[str, Any]) -> dict[str, Any]:
    return {
        "mining_speed": raw["mining_speed"],
        "radius": raw["resource_searching_radius"],
        "categories": sorted(raw["resource_categories"]),
        "module_slots": raw.get("module_slots", 0),
        "drop": vector(raw["vector_to_place_result"]),
        "burner": _burner(raw),
        "drain_percent": raw.get("resource_drain_rate_percent", 100),
        **_receiver(raw),
    }


def _lab(raw: dict[str, Any]) -> dict[str, Any]:
    return {
        "researching_speed": raw.get("researching_speed", 1),
        "inputs": list(raw["inputs"]),
        "module_slots": raw.get("module_slots", 0),
        "drain_percent": raw.get("science_pack_drain_rate_percent", 100),
        **_receiver(raw),
    }


def _is_electric(raw: dict[str, Any]) -> bool:
    return bool(raw.get("energy_source", {}).get("type") == "electric" and raw["type"] != "electric-energy-interface")


def _rotatable(raw: dict[str, Any], size: tuple[int, int]) -> bool:
    """Whether facing elsewhere changes anything: by type, by fluid connections, by an oblong footprint or by flag."""
    turns = any(flag.startswith("building-direction") for flag in raw.get("flags", []))
    return raw["type"] in _ROTATABLE_TYPES or bool(raw.get("fluid_boxes")) or size[0] != size[1] or turns


def entity_row(raw: dict[str, Any]) -> dict[str, Any]:
    """One entity of the table from its raw prototype."""
    kind = raw["type"]
    collision = [vector(corner) for corner in raw.get("collision_box", [[0, 0], [0, 0]])][:2]
    width, height = _tile_size(raw, collision)
    row: dict[str, Any] = {
        "type": kind,
        "size": [width, height],
        "collision_box": [*collision[0], *collision[1]],
        "layers": sorted(raw.get("collision_mask", {}).get("layers", [])),
        "rotatable": _rotatable(raw, (width, height)),
        "electric": _is_electric(raw),
        "slots": raw.get("inventory_size", 0),
    }
    if kind in {"transport-belt", "underground-belt", "splitter", "loader", "loader-1x1"}:
        row["belt"] = _belt(raw)
    elif kind == "inserter":
        row["inserter"] = _inserter(raw)
    elif "crafting_speed" in raw:
        row["machine"] = _machine(raw)
    elif kind == "electric-pole":
        row["pole"] = {
            "supply_area_distance": raw["supply_area_distance"],
            "wire_reach": raw["maximum_wire_distance"],
        }
    elif kind == "beacon":
        row["beacon"] = _beacon(raw)
    elif kind == "mining-drill":
        row["drill"] = _drill(raw)
    elif kind == "lab":
        row["lab"] = _lab(raw)
    if kind == "rocket-silo":
        active = energy(raw["active_energy_usage"])
        row["silo"] = {"rocket_parts": raw["rocket_parts_required"], "active_power_w": active}
    return row | utility_parts(raw)


def item_row(raw: dict[str, Any]) -> dict[str, Any]:
    """One item of the table from its raw prototype."""
    row: dict[str, Any] = {"stack_size": raw.get("stack_size", 1)}
    if raw.get("fuel_value"):
        row["fuel_j"] = energy(raw["fuel_value"])
        row["fuel_categories"] = sorted(raw.get("fuel_categories", []))
    if raw.get("burnt_result"):
        row["burnt_result"] = raw["burnt_result"]
    if raw.get("place_result"):
        row["place_result"] = raw["place_result"]
    if raw["type"] == "module":
        row["module"] = {"category": raw["category"], "tier": raw["tier"], **raw["effect"]}
    return row


def _amount(raw: dict[str, Any]) -> dict[str, Any]:
    """An amount of the table; a product given as a fraction above a whole number is its expectation."""
    probability = raw.get("independent_probability", raw.get("shared_probability", {}))
    row: dict[str, Any] = {"name": raw["name"], "amount": raw["amount"] + raw.get("extra_count_fraction", 0.0)}
    if raw.get("type") == "fluid":
        row["fluid"] = True
    if isinstance(probability, (int, float)) and probability != 1:
        row["probability"] = probability
    elif isinstance(probability, dict) and probability:
        row["probability"] = round(probability["max"] - probability["min"], 6)
    if raw.get("ignored_by_productivity"):
        row["catalyst"] = raw["ignored_by_productivity"]
    for field, key in (("fluid_box", "fluidbox_index"), ("buffer", "fluidbox_multiplier"), ("temperature",) * 2):
        if key in raw:
            row[field] = raw[key]
    return row


def recipe_row(raw: dict[str, Any]) -> dict[str, Any]:
    """One recipe of the table from its raw prototype."""
    return {
        "time_s": raw.get("energy_required", 0.5),
        "categories": sorted(raw.get("categories") or ["crafting"]),
        "ingredients": [_amount(part) for part in raw.get("ingredients") or []],
        "products": [_amount(part) for part in raw.get("results") or []],
        "productivity": bool(raw.get("allow_productivity")),
    }


def _kept_recipe(raw: dict[str, Any]) -> bool:
    categories = raw.get("categories") or []
    return not raw.get("parameter") and "recycling" not in categories and "recycling-or-hand-crafting" not in categories


def extract() -> dict[str, Any]:
    """The whole table as plain JSON values; needs draftsman."""
    from draftsman.data import entities, fluids, items, modules, recipes

    item_raws = {**items.raw, **modules.raw}
    return {
        "table_version": TABLE_VERSION,
        "game_version": GAME_VERSION,
        "entities": {name: entity_row(raw) for name, raw in sorted(entities.raw.items())},
        "items": {name: item_row(raw) for name, raw in sorted(item_raws.items()) if not raw.get("parameter")},
        "recipes": {name: recipe_row(raw) for name, raw in sorted(recipes.raw.items()) if _kept_recipe(raw)},
        "fluids": {name: fluid_row(raw) for name, raw in sorted(fluids.raw.items()) if not raw.get("parameter")},
    }


def main(path: Path = TABLE_PATH) -> None:
    """Write the table where the package loads it from, one entry a line so that changes can be read."""
    table = extract()
    lines = [f'"table_version": {table["table_version"]}', f'"game_version": {json.dumps(table["game_version"])}']
    for section in ("entities", "items", "recipes", "fluids"):
        rows = ",\n".join(f" {json.dumps(name)}: {json.dumps(row)}" for name, row in table[section].items())
        lines.append(f'"{section}": {{\n{rows}\n}}')
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
