"""A print as a Factory: entities on whole tiles, by the parity of their sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from factorion_cli.blueprints.endpoints import Marks, is_kept, read_marks, with_extra_fields
from factorion_cli.blueprints.records import Print
from factorion_cli.errors import BlueprintError
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.footprints import size_of
from factorion_cli.factory.modules import NORMAL, with_quality
from factorion_cli.prototypes import EntityPrototype, load_table
from factorion_cli.simulation.decisions import CHEST_TYPES

_OFF_GRID_WORDS = ("rail", "wagon")
_OFF_GRID_TYPES = frozenset({"locomotive", "car", "spider-vehicle"})
MAX_SIDE = 10_000
"""Tiles; two entities at the ends of the map must not make anyone allocate all that lies between."""
_MISFIT_TILES = 0.3
"""How far a corner may be from a tile's; the game stores positions in 1/256 tile, and some prints are edited."""


def to_factory(source: Print) -> Factory:
    """The vanilla entities of a print on whole tiles, their bounding box moved to 0, 0.

    Rails, their signals, vehicles and whatever stands diagonally are outside the tile model: trains are inert here.

    Returns:
        A Factory with id `source.source`, or, for a string of our own, exactly the Factory that was encoded. metadata:
        `label`, `books`, `game_version`, and, where there are any, counts by name of `unknown` (modded entities),
        `unknown_recipes` (modded, parametrised or removed ones: the machine stays without), `off_grid`, and `ignored`
        (settings that the model lacks: blacklists, mirrored machines, the quality of a recipe, filters of
            unknown items); `dropped` is the
        number of damaged entities.

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
    known = load_table().entities
    counts: dict[str, Counter[str]] = {key: Counter() for key in ("unknown", "unknown_recipes", "off_grid", "ignored")}
    standing: list[dict[str, Any]] = []
    for raw in source.blueprint["entities"]:
        prototype = known.get(raw["name"])
        if prototype is None:
            counts["unknown"][raw["name"]] += 1
        elif is_off_grid(prototype, raw.get("direction", 0)) and not is_kept(raw):
            counts["off_grid"][raw["name"]] += 1
        else:
            standing.append(raw)
    corners = _corners(source.source, standing)
    left, right = min((x for x, _ in corners), default=0), max((x for x, _ in corners), default=0)
    top, bottom = min((y for _, y in corners), default=0), max((y for _, y in corners), default=0)
    if max(right - left, bottom - top) > MAX_SIDE:
        raise BlueprintError(f"{source.source}: {right - left} x {bottom - top} tiles, at most {MAX_SIDE} can be read")
    marks = read_marks(source.blueprint)
    dx, dy = marks.offset[0] - left, marks.offset[1] - top
    entities: list[Entity] = []
    for raw, (x, y) in zip(standing, corners, strict=True):
        if not marks.take_endpoints(raw, x + dx, y + dy):
            entities.append(with_extra_fields(_entity(raw, x + dx, y + dy, counts), raw))
    entities = list(dict.fromkeys(entities))
    check_overlaps(source.source, [*entities, *marks.footprints()])
    return _factory(source, entities, marks, counts)


def _factory(source: Print, entities: Sequence[Entity], marks: Marks, counts: Mapping[str, Counter[str]]) -> Factory:
    metadata: dict[str, Any] = {"label": source.label, "game_version": source.game_version}
    if source.books:
        metadata["books"] = list(source.books)
    if source.dropped:
        metadata["dropped"] = source.dropped
    metadata |= {key: dict(sorted((+counter).items())) for key, counter in counts.items() if +counter}
    covered = [*entities, *marks.footprints()]
    width = max((entity.x + size_of(entity.name, entity.direction)[0] for entity in covered), default=0)
    height = max((entity.y + size_of(entity.name, entity.direction)[1] for entity in covered), default=0)
    return marks.complete(
        Factory(width=width, height=height, entities=tuple(entities), id=source.source, metadata=metadata)
    )


def is_off_grid(prototype: EntityPrototype, direction: int) -> bool:
    """Whether an entity is outside the tile model: rails and what runs on them, vehicles, diagonals."""
    if prototype.type in _OFF_GRID_TYPES or any(word in prototype.type for word in _OFF_GRID_WORDS):
        return True
    return prototype.rotatable and direction % 4 != 0


def facing(prototype: EntityPrototype, direction: int) -> int:
    """The direction that counts: north for what turning does not change."""
    return direction if prototype.rotatable and direction % 4 == 0 else 0


def _corners(source: str, standing: Iterable[Mapping[str, Any]]) -> list[tuple[int, int]]:
    """Top-left tiles. The whole print is moved by half a tile along an axis where most entities would be between tiles.

    Prints before 1.0 count from the middle of a tile, so every centre is half a tile away from where 1.0 has it.
    """
    exact: list[tuple[float, float]] = []
    names: list[str] = []
    known = load_table().entities
    for raw in standing:
        prototype = known[raw["name"]]
        width, height = prototype.size(facing(prototype, raw.get("direction", 0)))
        exact.append((raw["position"]["x"] - width / 2, raw["position"]["y"] - height / 2))
        names.append(raw["name"])
    shift_x, shift_y = _half_tile([x for x, _ in exact]), _half_tile([y for _, y in exact])
    corners: list[tuple[int, int]] = []
    for name, (x, y) in zip(names, exact, strict=True):
        column, row = round(x + shift_x), round(y + shift_y)
        if abs(x + shift_x - column) > _MISFIT_TILES or abs(y + shift_y - row) > _MISFIT_TILES:
            raise BlueprintError(f"{source}: {name} stands between tiles, its corner at {x + shift_x}, {y + shift_y}")
        corners.append((column, row))
    return corners


def _half_tile(corners: Sequence[float]) -> float:
    between = sum(1 for corner in corners if 0.25 < corner % 1 < 0.75)
    return 0.5 if 2 * between > len(corners) else 0.0


def _entity(raw: Mapping[str, Any], x: int, y: int, counts: Mapping[str, Counter[str]]) -> Entity:
    prototype = load_table().entity(raw["name"])
    if raw.get("mirror"):
        counts["ignored"]["mirrored machine"] += 1
    values: dict[str, Any] = {
        "direction": facing(prototype, raw.get("direction", 0)),
        "recipe": _recipe(raw, prototype, counts),
        "filters": _filters(raw, prototype, counts),
        "input_priority": raw.get("input_priority"),
        "output_priority": raw.get("output_priority"),
        "modules": _modules(raw),
        "quality": raw.get("quality", "normal"),
    }
    if prototype.type in ("underground-belt", "loader", "loader-1x1", "linked-belt"):
        values["underground_type"] = raw.get("type", "input")
    if prototype.type in CHEST_TYPES and isinstance(raw.get("bar"), int) and raw["bar"] < prototype.slots:
        values["bar"] = max(0, raw["bar"])
    if prototype.type == "splitter" and "filter" in raw:
        values["filter"] = next(iter(_known_items([raw["filter"]], counts)), None)
    override = raw.get("override_stack_size")
    # Without research a hand is never larger than the prototype's, so an override above it changes nothing.
    if prototype.inserter is not None and isinstance(override, int) and 0 < override < prototype.inserter.base_hand:
        values["stack_size"] = override
    return Entity(raw["name"], x, y, **values)


def entity_of(raw: Mapping[str, Any], x: int, y: int) -> Entity:
    """The Entity at tile (x, y) that the game's fields of a normalised entity describe."""
    return _entity(raw, x, y, {"unknown_recipes": Counter(), "ignored": Counter()})


def _recipe(raw: Mapping[str, Any], prototype: EntityPrototype, counts: Mapping[str, Counter[str]]) -> str | None:
    recipe = raw.get("recipe")
    if recipe is None or prototype.machine is None:
        return None
    if recipe not in load_table().recipes:
        counts["unknown_recipes"][recipe] += 1
        return None
    if raw.get("recipe_quality", "normal") != "normal":
        counts["ignored"]["recipe quality"] += 1
    return str(recipe)


def _filters(raw: Mapping[str, Any], prototype: EntityPrototype, counts: Mapping[str, Counter[str]]) -> tuple[str, ...]:
    if prototype.inserter is None or not raw.get("use_filters"):
        return ()
    names = _known_items(raw.get("filters", ()), counts)
    if names and raw.get("filter_mode") == "blacklist":
        counts["ignored"]["blacklist filter"] += 1
        return ()
    return names


def _known_items(filters: Iterable[Mapping[str, Any]], counts: Mapping[str, Counter[str]]) -> tuple[str, ...]:
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


def check_overlaps(source: str, entities: Iterable[Entity]) -> None:
    """Raise BlueprintError naming the first two entities that share a tile; `source` names the factory."""
    owners: dict[tuple[int, int], Entity] = {}
    for entity in entities:
        width, height = size_of(entity.name, entity.direction)
        if width == height == 1:
            tiles: Iterable[tuple[int, int]] = ((entity.x, entity.y),)
        else:
            tiles = entity.tiles()
        for tile in tiles:
            other = owners.setdefault(tile, entity)
            if other is not entity:
                raise BlueprintError(
                    f"{source}: {entity.name} at {entity.x},{entity.y} overlaps {other.name} at {other.x},{other.y}"
                )
