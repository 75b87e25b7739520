"""Rows of the table for what carries fluids, heat and power: part of `factorion_cli.prototypes.extract`."""

from __future__ import annotations

import re
from typing import Any

_UNITS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_BOX_KEYS = {"fluid_box": "none", "input_fluid_box": "input", "output_fluid_box": "output"}
_DRAIN_SHARE = 30
"""Crafting machines whose prototype names no drain draw a thirtieth of their power (wiki: Electric system)."""


def energy(text: str | None) -> float:
    """Joules or watts of the game's notation, such as `4MJ` or `75kW`."""
    match = re.fullmatch(r"([\d.]+)([kMGT]?)[JW]", text or "0J")
    if match is None:
        raise ValueError(f"cannot read the energy {text!r}")
    return float(match[1]) * _UNITS[match[2]]


def vector(raw: Any) -> list[float]:
    """A position as [x, y]."""
    if isinstance(raw, dict):
        return [raw["x"], raw["y"]]
    return [raw[0], raw[1]]


def _connection(raw: dict[str, Any]) -> dict[str, Any]:
    """One pipe connection; those to parallel worlds (`linked`) do not occur in vanilla."""
    positions = [vector(position) for position in raw.get("positions", [])]
    row: dict[str, Any] = {
        "position": positions[0] if positions else vector(raw["position"]),
        "direction": raw["direction"],
        "flow": raw.get("flow_direction", "input-output"),
    }
    if positions:
        row["positions"] = positions
    if raw.get("connection_type") == "underground":
        row["underground"] = raw["max_underground_distance"]
    category = raw.get("connection_category", "default")
    if category != "default":
        row["categories"] = [category] if isinstance(category, str) else list(category)
    return row


def _box(raw: dict[str, Any], role: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "role": raw.get("production_type", role),
        "volume": raw["volume"],
        "connections": [_connection(part) for part in raw["pipe_connections"]],
    }
    for key in ("filter", "minimum_temperature"):
        if key in raw:
            row[key] = raw[key]
    return row


def _boxes(raw: dict[str, Any]) -> list[dict[str, Any]]:
    boxes = [_box(box, "none") for box in raw.get("fluid_boxes", [])]
    return boxes + [_box(raw[key], role) for key, role in _BOX_KEYS.items() if key in raw]


def _arm_power(raw: dict[str, Any]) -> float:
    """Watts of a swinging arm: it turns and stretches at once (5 kJ x 0.014 + 5 kJ x 0.035 a tick: 14.7 kW)."""
    turning = energy(raw["energy_per_rotation"]) * float(raw["rotation_speed"])
    return round(60 * (turning + energy(raw["energy_per_movement"]) * float(raw["extension_speed"])), 6)


def _power(raw: dict[str, Any]) -> float:
    if raw["type"] == "inserter":
        return _arm_power(raw)
    if "energy_usage_per_tick" in raw:
        return energy(raw["energy_usage_per_tick"])
    return energy(raw.get("energy_usage") or raw.get("energy_consumption") or raw.get("consumption"))


def _energy_data(raw: dict[str, Any]) -> dict[str, Any] | None:
    source = raw.get("energy_source") or raw.get("burner")
    if source is None:
        return None
    row: dict[str, Any] = {"source": source["type"], "power_w": _power(raw)}
    if source["type"] == "electric":
        row["priority"] = source["usage_priority"]
        if "drain" in source:
            row["drain_w"] = energy(source["drain"])
        elif "crafting_speed" in raw:
            row["drain_w"] = row["power_w"] / _DRAIN_SHARE
        for field, key in (
            ("buffer_j", "buffer_capacity"),
            ("input_w", "input_flow_limit"),
            ("output_w", "output_flow_limit"),
        ):
            if key in source:
                row[field] = energy(source[key])
    if source["type"] == "burner":
        row["fuel_categories"] = sorted(source.get("fuel_categories", ["chemical"]))
        row["effectivity"] = source.get("effectivity", 1)
    return row


def _heat(raw: dict[str, Any]) -> dict[str, Any] | None:
    buffer = raw.get("heat_buffer") or (raw.get("energy_source") if "boiler" in raw["type"] else None)
    if buffer is None or "specific_heat" not in buffer:
        return None
    return {
        "specific_heat_j": energy(buffer["specific_heat"]),
        "max_temperature": buffer["max_temperature"],
        "min_working_temperature": buffer.get("min_working_temperature", 15),
        "max_transfer_w": energy(buffer["max_transfer"]),
        "connections": [[vector(part["position"]), part["direction"]] for part in buffer.get("connections", [])],
    }


def _generator(raw: dict[str, Any]) -> dict[str, Any]:
    if raw["type"] == "burner-generator":
        return {"effectivity": raw["burner"]["effectivity"], "max_power_w": energy(raw["max_power_output"])}
    return {
        "units_per_tick": raw["fluid_usage_per_tick"],
        "maximum_temperature": raw["maximum_temperature"],
        "effectivity": raw.get("effectivity", 1),
    }


def utility_parts(raw: dict[str, Any]) -> dict[str, Any]:
    """What an entity's row says about energy, fluid boxes, heat, and how it pumps, boils or generates."""
    kind = raw["type"]
    row: dict[str, Any] = {"energy": _energy_data(raw), "heat": _heat(raw), "fluid_boxes": _boxes(raw)}
    if kind in {"pump", "offshore-pump"}:
        row["pump"] = {"units_per_tick": raw["pumping_speed"]}
    elif kind == "boiler":
        power = energy(raw["energy_consumption"])
        row["boiler"] = {"power_w": power, "target_temperature": raw["target_temperature"]}
    elif kind in {"generator", "burner-generator"}:
        row["generator"] = _generator(raw)
    elif kind == "solar-panel":
        row["solar"] = {"power_w": energy(raw["production"])}
    elif kind == "reactor":
        row["reactor"] = {"power_w": energy(raw["consumption"]), "neighbour_bonus": raw.get("neighbour_bonus", 1)}
    return {key: value for key, value in row.items() if value}


def fluid_row(raw: dict[str, Any]) -> dict[str, Any]:
    """One fluid of the table from its raw prototype."""
    row: dict[str, Any] = {
        "default_temperature": raw["default_temperature"],
        "heat_capacity_j": energy(raw.get("heat_capacity", "1kJ")),
    }
    if raw.get("fuel_value"):
        row["fuel_j"] = energy(raw["fuel_value"])
    return row
