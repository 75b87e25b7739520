"""Blueprints of our own making, in the forms that the game and its sites give them."""

from __future__ import annotations

from typing import Any

from factorion_cli.blueprints import Print, Unreadable, read_prints
from factorion_cli.blueprints.exchange import pack

V0_16, V1_1, V2_0 = 16 << 32, (1 << 48) | (1 << 32) | (53 << 16), 2 << 48


def entity(name: str, x: float, y: float, **values: Any) -> dict[str, Any]:
    return {"entity_number": 1, "name": name, "position": {"x": x, "y": y}, **values}


def blueprint(*entities: dict[str, Any], version: int | None = V2_0, label: str = "", **values: Any) -> dict[str, Any]:
    content: dict[str, Any] = {"item": "blueprint", "entities": list(entities), **values}
    if version is not None:
        content["version"] = version
    if label:
        content["label"] = label
    return {"blueprint": content}


def book(*children: Any, label: str = "") -> dict[str, Any]:
    return {"blueprint_book": {"item": "blueprint-book", "label": label, "blueprints": list(children)}}


def belt_line(length: int = 3, **values: Any) -> dict[str, Any]:
    belts = [entity("transport-belt", index + 0.5, 0.5, direction=4) for index in range(length)]
    return blueprint(*belts, **values)


def line_string(length: int = 3, **values: Any) -> str:
    return pack(belt_line(length, **values))


def only_print(document: dict[str, Any]) -> Print:
    (found,) = read_prints(pack(document))
    assert isinstance(found, Print), found
    return found


def only_failure(text: Any) -> Unreadable:
    (found,) = read_prints(text)
    assert isinstance(found, Unreadable), found
    return found


def prints(source: Any) -> list[Print]:
    return [found for found in read_prints(source) if isinstance(found, Print)]
