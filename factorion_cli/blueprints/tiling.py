"""A print as a Factory: entities on whole tiles, by the parity of their sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import floor
from typing import Any

import numpy as np

from factorion_cli.arrays import LongArray
from factorion_cli.blueprints.endpoints import Marks, is_kept, read_marks, with_extra_fields
from factorion_cli.blueprints.records import Print
from factorion_cli.blueprints.renames import is_modded_recipe
from factorion_cli.blueprints.stances import Stance, boxes_of, check_overlaps, first_overlap, stance_of
from factorion_cli.errors import BlueprintError
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.modules import NORMAL, with_quality
from factorion_cli.prototypes import EntityPrototype, load_table
from factorion_cli.simulation.decisions import CHEST_TYPES

Counts = Mapping[str, Counter[str]]
"""What is left out of a print or ignored, by kind and name."""

MAX_SIDE = 10_000
"""Tiles; two entities at the ends of the map must not make anyone allocate all that lies between."""


def to_factory(source: Print) -> Factory:
    """The vanilla entities of a print on whole tiles, their bounding box moved to 0, 0.

    Rails, their signals, vehicles and whatever stands diagonally are outside the tile model: trains are inert here.

    Returns:
        A Factory with id `source.source`, or, for a string of our own, exactly the Factory that was encoded. metadata:
        `label`, `books`, `game_version`, and, where there are any, counts by name of `unknown` (modded entities),
        `unknown_recipes` (modded, parametrised or removed ones: the machine stays without), `off_grid`, and `ignored`
        (settings that the model lacks: blacklists, mirrored machines, the quality of a recipe, filters of unknown
        items); `dropped` is the number of damaged entities; `modded_at` lists the name and tile of what is of mods
        (`without_mods` forgets it).

    Raises:
        BlueprintError: two entities overlap, one stands between tiles, the print is larger than 10,000 tiles, or marks
            of ours are damaged; the message names what and where.
    """
    try:
        return _tiled(source)
    except (AttributeError, TypeError, ValueError, KeyError) as error:
        # Tags are the one part of a print that is taken as it comes, and anybody can write them.
        raise BlueprintError(f"{source.source}: its factorion marks are damaged: {error!r}") from error


def _tiled(source: Print) -> Factory:
    counts: Counts = {key: Counter() for key in ("unknown", "unknown_recipes", "off_grid", "ignored")}
    standing, stances, centres = _standing(source, counts)
    boxes = boxes_of(source.source, centres, stances)
    marks = read_marks(source.blueprint)
    if len(boxes):
        width, height = np.ptp(boxes[:, :2], axis=0).tolist()
        if max(width, height) > MAX_SIDE:
            raise BlueprintError(f"{source.source}: {width} x {height} tiles, at most {MAX_SIDE} can be read")
        boxes[:, :2] += np.array(marks.offset) - boxes[:, :2].min(axis=0)
    places = boxes[:, :2].copy()
    entities: list[Entity] = []
    tagged = False
    for raw, stance, x, y in zip(standing, stances, *places.T.tolist(), strict=True):
        if "tags" not in raw:
            entities.append(_entity(raw, x, y, stance, counts))
            continue
        tagged = True
        if not marks.take_endpoints(raw, x, y):
            entities.append(with_extra_fields(_entity(raw, x, y, stance, counts), raw))
    if tagged or first_overlap(boxes) is not None:
        entities, boxes = _without_twins(source.source, entities, marks)
    factory = _factory(source, entities, boxes, marks, counts)
    if not source.modded or not standing:
        return factory
    stance = stances[0]
    dx, dy = places[0] + np.array([stance.width, stance.height]) / 2 - centres[:2]
    return replace(factory, metadata={**factory.metadata, "modded_at": _modded_at(source, dx, dy)})


def _modded_at(source: Print, dx: float, dy: float) -> list[list[Any]]:
    """[name, x, y] of the entities of mods, and recipes of mods in machines, at the tile below their middle."""
    found = [
        (raw["recipe"] if raw["name"] in load_table().entities else raw["name"], raw["position"])
        for raw in source.blueprint["entities"]
        if raw["name"] not in load_table().entities or is_modded_recipe(raw.get("recipe"))
    ]
    return [[name, floor(at["x"] + dx), floor(at["y"] + dy)] for name, at in found]


def without_mods(factory: Factory) -> Factory:
    """The factory as if what was of mods in its print had never been there."""
    return replace(factory, metadata={key: value for key, value in factory.metadata.items() if key != "modded_at"})


def _standing(source: Print, counts: Counts) -> tuple[list[Mapping[str, Any]], list[Stance], list[float]]:
    """The entities on tiles, how they stand, and their centres, x and y in turn; the others are counted."""
    standing: list[Mapping[str, Any]] = []
    stances: list[Stance] = []
    centres: list[float] = []
    for raw in source.blueprint["entities"]:
        stance = stance_of(raw["name"], raw.get("direction", 0))
        if stance is None:
            counts["unknown"][raw["name"]] += 1
        elif stance.off_grid and not is_kept(raw):
            counts["off_grid"][raw["name"]] += 1
        else:
            standing.append(raw)
            stances.append(stance)
            position = raw["position"]
            centres += position["x"], position["y"]
    return standing, stances, centres


def _without_twins(source: str, entities: list[Entity], marks: Marks) -> tuple[list[Entity], LongArray]:
    """The entities, those that are written twice once, and the boxes of all that stands, endpoints included.

    Raises:
        BlueprintError: different ones share a tile.
    """
    try:
        return entities, check_overlaps(source, [*entities, *marks.footprints()])
    except BlueprintError:
        entities = list(dict.fromkeys(entities))
        return entities, check_overlaps(source, [*entities, *marks.footprints()])


def _factory(source: Print, entities: list[Entity], boxes: LongArray, marks: Marks, counts: Counts) -> Factory:
    metadata: dict[str, Any] = {"label": source.label, "game_version": source.game_version}
    if source.books:
        metadata["books"] = list(source.books)
    if source.dropped:
        metadata["dropped"] = source.dropped
    metadata |= {key: dict(sorted((+counter).items())) for key, counter in counts.items() if +counter}
    width, height = (boxes[:, :2] + boxes[:, 2:]).max(axis=0, initial=0).tolist()
    return marks.complete(
        Factory(width=width, height=height, entities=tuple(entities), id=source.source, metadata=metadata)
    )


def _entity(raw: Mapping[str, Any], x: int, y: int, stance: Stance, counts: Counts) -> Entity:
    if len(raw) == 3 + ("direction" in raw) and not stance.two_ended:  # a number, a name and a position
        return Entity(raw["name"], x, y, stance.facing)
    prototype = stance.prototype
    if raw.get("mirror"):
        counts["ignored"]["mirrored machine"] += 1
    values: dict[str, Any] = {
        "recipe": _recipe(raw, prototype, counts),
        "filters": _filters(raw, prototype, counts),
        "input_priority": raw.get("input_priority"),
        "output_priority": raw.get("output_priority"),
        "modules": _modules(raw),
        "quality": raw.get("quality", "normal"),
    }
    if stance.two_ended:
        values["underground_type"] = raw.get("type", "input")
    if prototype.type in CHEST_TYPES and isinstance(raw.get("bar"), int) and raw["bar"] < prototype.slots:
        values["bar"] = max(0, raw["bar"])
    if prototype.type == "splitter" and "filter" in raw:
        values["filter"] = next(iter(_known_items([raw["filter"]], counts)), None)
    override = raw.get("override_stack_size")
    # Without research a hand is never larger than the prototype's, so an override above it changes nothing.
    if prototype.inserter is not None and isinstance(override, int) and 0 < override < prototype.inserter.base_hand:
        values["stack_size"] = override
    return Entity(raw["name"], x, y, stance.facing, **values)


def entity_of(raw: Mapping[str, Any], x: int, y: int) -> Entity:
    """The Entity at tile (x, y) that the game's fields of a normalised entity describe."""
    stance = stance_of(raw["name"], raw.get("direction", 0))
    if stance is None:
        raise BlueprintError(f"{raw['name']} is no entity of the game")
    return _entity(raw, x, y, stance, {"unknown_recipes": Counter(), "ignored": Counter()})


def _recipe(raw: Mapping[str, Any], prototype: EntityPrototype, counts: Counts) -> str | None:
    recipe = raw.get("recipe")
    if recipe is None or prototype.machine is None:
        return None
    if recipe not in load_table().recipes:
        counts["unknown_recipes"][recipe] += 1
        return None
    if raw.get("recipe_quality", "normal") != "normal":
        counts["ignored"]["recipe quality"] += 1
    return str(recipe)


def _filters(raw: Mapping[str, Any], prototype: EntityPrototype, counts: Counts) -> tuple[str, ...]:
    if prototype.inserter is None or not raw.get("use_filters"):
        return ()
    names = _known_items(raw.get("filters", ()), counts)
    if names and raw.get("filter_mode") == "blacklist":
        counts["ignored"]["blacklist filter"] += 1
        return ()
    return names


def _known_items(filters: Iterable[Mapping[str, Any]], counts: Counts) -> tuple[str, ...]:
    """Names of the vanilla items of filters; modded and parametrised ones are counted and left out."""
    names = [part["name"] for part in filters]
    counts["ignored"]["unknown filter"] += sum(name not in load_table().items for name in names)
    return tuple(name for name in names if name in load_table().items)


def _modules(raw: Mapping[str, Any]) -> tuple[str, ...]:
    if "items" not in raw:
        return ()
    slots = [
        (slot["stack"], with_quality(plan["id"]["name"], plan["id"].get("quality", NORMAL)))
        for plan in raw["items"]
        for slot in plan["items"]["in_inventory"]
    ]
    return tuple(name for _, name in sorted(slots))
