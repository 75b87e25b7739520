"""LuaSurface and LuaTile."""

from __future__ import annotations

import math
from typing import Any

from factorion_cli.factory.entity import UndergroundType
from factorion_cli.factory.placement import legal_directions
from factorion_cli.prototypes import RESOURCES, load_table
from factorion_cli.servers.embedded.acting import blocked, entity_ref
from factorion_cli.servers.embedded.game import Game
from factorion_cli.servers.embedded.members.registry import calls, reads, writes
from factorion_cli.servers.embedded.surface import ENDLESS, TILES, Surface, box_at
from factorion_cli.servers.embedded.things import Thing, tiles_under
from factorion_cli.servers.embedded.values import (
    ApiError,
    Position,
    Ref,
    Refs,
    area_of,
    boolean_of,
    name_of,
    names_of,
    number_of,
    position_of,
    quality_of,
    whole_of,
)

UNUSED = frozenset(("collision_mask", "is_military_target", "to_be_deconstructed", "to_be_upgraded", "has_item_inside"))
"""Filters of a search that are not emulated: they raise instead of being ignored."""
PLAIN_CREATE = frozenset(
    [
        "name",
        "position",
        "direction",
        "quality",
        "force",
        "fast_replace",
        "raise_built",
        "snap_to_grid",
        "player",
        "character",
        "spill",
        "amount",
        "type",
        "recipe",
        "filters",
        "create_build_effect_smoke",
        "spawn_decorations",
        "move_stuck_players",
        "preserve_ghosts_and_corpses",
        "stack",
    ]
)
"""Arguments of create_entity that are emulated (or change nothing here)."""


@reads("LuaSurface", "name", "index", "always_day")
def _field(game: Game, surface: Surface, key: str) -> Any:
    return getattr(surface, key)


@reads("LuaSurface", "generate_with_lab_tiles")
def _lab_tiles(game: Game, surface: Surface) -> bool:
    return surface.lab_tiles


@writes("LuaSurface", "always_day")
def _set_day(game: Game, surface: Surface, value: Any) -> None:
    surface.always_day = boolean_of(value, "always_day")


@writes("LuaSurface", "generate_with_lab_tiles")
def _set_lab_tiles(game: Game, surface: Surface, value: Any) -> None:
    surface.lab_tiles = boolean_of(value, "generate_with_lab_tiles")


@calls("LuaSurface", "request_to_generate_chunks")
def _request_chunks(game: Game, surface: Surface, position: Any, radius: Any = 0) -> None:
    position_of(position)


@calls("LuaSurface", "force_generate_chunk_requests")
def _generate_chunks(game: Game, surface: Surface) -> None:
    """Everything is generated here from the start."""


@calls("LuaSurface", "is_chunk_generated")
def _is_generated(game: Game, surface: Surface, position: Any) -> bool:
    return True


@calls("LuaSurface", "build_checkerboard")
def _checkerboard(game: Game, surface: Surface, area: Any) -> None:
    left, top, right, bottom = area_of(area)
    for y in range(math.floor(top), math.ceil(bottom)):
        for x in range(math.floor(left), math.ceil(right)):
            surface.tiles[x, y] = "lab-dark-1" if (x + y) % 2 == 0 else "lab-dark-2"


@calls("LuaSurface", "clear")
def _clear(game: Game, surface: Surface, ignore_characters: bool = False) -> None:
    game.clear_surface(surface)
    surface.tiles.clear()
    game.raise_event("on_surface_cleared", {"surface_index": surface.index})


# Tiles


@calls("LuaSurface", "get_tile")
def _get_tile(game: Game, surface: Surface, x: Any, y: Any = None) -> Ref:
    px, py = position_of(x) if y is None else (number_of(x, "x"), number_of(y, "y"))
    return Ref("LuaTile", f"{surface.index}:{math.floor(px)}:{math.floor(py)}")


@calls("LuaSurface", "set_tiles")
def _set_tiles(game: Game, surface: Surface, tiles: Any, *_flags: Any) -> None:
    for tile in tiles:
        x, y = position_of(tile["position"])
        surface.tiles[math.floor(x), math.floor(y)] = name_of(tile["name"], "a tile")


def _tiles_found(surface: Surface, filters: dict[str, Any]) -> list[str]:
    unknown = set(filters) - {"area", "name", "limit", "collision_mask"}
    if unknown or "area" not in filters:
        raise ApiError(f"the embedded server finds tiles by area and name only, found {', '.join(sorted(filters))}")
    left, top, right, bottom = area_of(filters["area"])
    names, limit = names_of(filters.get("name"), "a tile"), filters.get("limit", math.inf)
    if filters.get("collision_mask") is not None:
        masks = (
            filters["collision_mask"] if isinstance(filters["collision_mask"], list) else [filters["collision_mask"]]
        )
        kinds = [kind for kind in TILES if any(collides(kind, mask) for mask in masks)]
        names = kinds if names is None else [name for name in names if name in kinds]
    found: list[str] = []
    for y in range(math.floor(top), math.ceil(bottom)):
        for x in range(math.floor(left), math.ceil(right)):
            if len(found) < limit and (names is None or surface.tile_name((x, y)) in names):
                found.append(f"{surface.index}:{x}:{y}")
    return found


@calls("LuaSurface", "find_tiles_filtered")
def _find_tiles(game: Game, surface: Surface, filters: dict[str, Any]) -> Refs:
    return Refs("LuaTile", _tiles_found(surface, filters))


@calls("LuaSurface", "count_tiles_filtered")
def _count_tiles(game: Game, surface: Surface, filters: dict[str, Any]) -> int:
    return len(_tiles_found(surface, filters))


Tile = tuple[Surface, int, int]


@reads("LuaTile", "name")
def _tile_name(game: Game, tile: Tile) -> str:
    return tile[0].tile_name(tile[1:])


@reads("LuaTile", "position")
def _tile_position(game: Game, tile: Tile) -> Position:
    return Position(tile[1], tile[2])


@reads("LuaTile", "surface")
def _tile_surface(game: Game, tile: Tile) -> Ref:
    return Ref("LuaSurface", tile[0].index)


@calls("LuaTile", "collides_with")
def _tile_collides(game: Game, tile: Tile, layer: Any) -> bool:
    return collides(tile[0].tile_name(tile[1:]), layer)


def collides(tile: str, layer: Any) -> bool:
    """Whether a kind of tile is in a collision layer."""
    if layer not in ("player", "object", "item", "water_tile", "ground_tile", "floor", "resource", "doodad"):
        raise ApiError(f"Unknown collision layer: {layer}")
    water = "water" in tile
    return (not water) if layer == "ground_tile" else water and layer != "floor"


# Looking for entities


def _found(game: Game, surface: Surface, filters: dict[str, Any]) -> list[Thing]:
    if not UNUSED.isdisjoint(filters):
        unused = ", ".join(sorted(UNUSED & filters.keys()))
        raise ApiError(f"the embedded server cannot look for entities by {unused}")
    game.clear_worked_out(surface)
    things = _candidates(surface, filters)
    names = names_of(filters.get("name"), "an entity")
    for name in names or ():
        game.base_of(name)
    types = filters.get("type")
    types = None if types is None else types if isinstance(types, list) else [types]
    forces = filters.get("force")
    if forces is not None:
        several = forces if isinstance(forces, list) else [forces]
        forces = {game.force(each).name for each in several}
    if "ghost_name" in filters or "ghost_type" in filters:
        return []  # no ghosts stand on this server
    directions = filters.get("direction")
    directions = None if directions is None else directions if isinstance(directions, list) else [directions]
    wanted = not filters.get("invert", False)
    found = [
        thing
        for thing in things
        if (
            (names is None or thing.name in names)
            and (types is None or thing.type in types)
            and (forces is None or thing.force in forces)
            and (directions is None or thing.direction in directions)
        )
        is wanted
    ]
    return found[: int(filters["limit"])] if "limit" in filters else found


def _candidates(surface: Surface, filters: dict[str, Any]) -> list[Thing]:
    if "area" in filters:
        left, top, right, bottom = area_of(filters["area"])
        if (left, top) == (right, bottom):
            return surface.within(left - 1e-9, top - 1e-9, right + 1e-9, bottom + 1e-9)
        return surface.within(left, top, right, bottom)
    if "position" in filters:
        x, y = position_of(filters["position"])
        if "radius" not in filters:
            return surface.within(x - 1e-9, y - 1e-9, x + 1e-9, y + 1e-9)
        radius = number_of(filters["radius"], "radius")
        near = surface.within(x - radius, y - radius, x + radius, y + radius)
        return [thing for thing in near if math.hypot(thing.x - x, thing.y - y) <= radius]
    return [surface.things[number] for number in surface.members]


@calls("LuaSurface", "find_entities_filtered")
def _find(game: Game, surface: Surface, filters: dict[str, Any]) -> Refs:
    return Refs("LuaEntity", [thing.id for thing in _found(game, surface, filters)])


@calls("LuaSurface", "count_entities_filtered")
def _count(game: Game, surface: Surface, filters: dict[str, Any]) -> int:
    return len(_found(game, surface, filters))


@calls("LuaSurface", "find_entities")
def _find_all(game: Game, surface: Surface, area: Any = None) -> Refs:
    return Refs("LuaEntity", [t.id for t in _found(game, surface, {} if area is None else {"area": area})])


@calls("LuaSurface", "find_entity")
def _find_entity(game: Game, surface: Surface, name: Any, position: Any) -> Ref | None:
    found = _found(game, surface, {"name": name, "position": position})
    return entity_ref(found[0]) if found else None


# Building


def _snapped(base: str, x: float, y: float, direction: int) -> tuple[float, float]:
    """The nearest place on the grid: the centre of a tile where the size is odd, a corner where it is even."""
    prototype = load_table().entities.get(base)
    if prototype is None:
        return (math.floor(x) + 0.5, math.floor(y) + 0.5) if base in RESOURCES else (x, y)
    width, height = prototype.size(direction)

    def snap(value: float, size: int) -> float:
        return math.floor(value) + 0.5 if size % 2 else float(round(value))

    return snap(x, width), snap(y, height)


def _direction(base: str, value: Any) -> int:
    direction = int(number_of(value, "direction")) if value is not None else 0
    if not 0 <= direction <= 15:
        raise ApiError(f"{direction} is no direction; expected 0 to 15")
    prototype = load_table().entities.get(base)
    return direction // 4 * 4 if prototype is not None and direction in range(16) else direction


def can_stand(game: Game, surface: Surface, name: str, position: Any, direction: Any) -> bool:
    """Whether an entity could be built somewhere."""
    base = game.base_of(name)
    facing = _direction(base, direction)
    x, y = _snapped(base, *position_of(position), facing)
    if game.type_of(name) == "character":
        return not blocked(game, Thing(0, name, base, "character", surface.index, x, y), x, y)
    if base not in load_table().entities:
        return not any(thing.type == "resource" for thing in surface.at((math.floor(x), math.floor(y))))
    return surface.obstacle(base, x, y, facing) is None


@calls("LuaSurface", "can_place_entity")
def _can_place(
    game: Game, surface: Surface, name: Any, position: Any, direction: Any = None, force: Any = None,
    build_check_type: Any = None, forced: bool = False, inner_name: Any = None,
) -> bool:  # fmt: skip
    if build_check_type is not None and build_check_type not in game.api.defines["build_check_type"].values():
        raise ApiError(f"{build_check_type} is no defines.build_check_type")
    named = name_of(name, "an entity")
    if not can_stand(game, surface, named, position, direction):
        return False
    manual = build_check_type == game.api.defines["build_check_type"]["manual"]
    return not (manual and _on_a_character(game, surface, named, position, direction))


def _on_a_character(game: Game, surface: Surface, name: str, position: Any, direction: Any) -> bool:
    """A player may not build on a character (belts and the like they may)."""
    base = game.base_of(name)
    prototype = load_table().entities.get(base)
    if prototype is None or "player" not in prototype.layers:
        return False
    facing = _direction(base, direction)
    x, y = _snapped(base, *position_of(position), facing)
    return any(thing.body is not None for thing in surface.within(*box_at(base, x, y, facing)))


@calls("LuaSurface", "create_entity")
def _create(game: Game, surface: Surface, **given: Any) -> Ref | None:
    unknown = set(given) - PLAIN_CREATE
    if unknown:
        raise ApiError(f"the embedded server's create_entity does not know {', '.join(sorted(unknown))}")
    name = name_of(given["name"], "an entity")
    base, kind = game.base_of(name), game.type_of(name)
    if kind == "item-entity":
        raise ApiError("the embedded server puts items on the ground by spill_item_stack only")
    direction = _direction(base, given.get("direction"))
    x, y = _snapped(base, *position_of(given["position"]), direction)
    if base in load_table().entities and name not in game.bodiless:
        _make_room(game, surface, base, x, y, direction, bool(given.get("fast_replace")))
        if surface.obstacle(base, x, y, direction) not in (None, "no resources"):
            return None  # the game would let a script overlap things; what the World cannot hold is refused
    force = game.force(given.get("force", "enemy")).name  # "enemy" is the game's default
    if base in load_table().entities and direction not in legal_directions(base):
        direction = 0
    thing = game.add(
        surface,
        name,
        (x, y, direction),
        "neutral" if kind == "resource" else force,
        recipe=None if given.get("recipe") is None else name_of(given["recipe"], "a recipe"),
        filters=_filters(given.get("filters")),
        underground_type=_end(kind, given.get("type")),
        amount=whole_of(given.get("amount", 1), "amount", 1, ENDLESS),
        quality=quality_of(given.get("quality")),
    )
    if given.get("raise_built"):
        game.raise_event("script_raised_built", {"entity": entity_ref(thing)})
    return entity_ref(thing)


@calls("LuaSurface", "spill_item_stack")
def _spill(
    game: Game, surface: Surface, position: Any, stack: Any, enable_looted: Any = None, force: Any = None,
    allow_belts: Any = None, max_radius: Any = None, use_start_position_on_failure: Any = None,
) -> Refs:  # fmt: skip
    """Each piece on a free place of its own, the nearest first."""
    name, count = game.stack_of(stack)
    x, y = position_of(position)
    made: list[int] = []
    for ring in range(1000):
        for dx, dy in _ring(ring):
            place = (math.floor(x) + dx + 0.5, math.floor(y) + dy + 0.5)
            tile = (math.floor(place[0]), math.floor(place[1]))
            if len(made) < count and all(thing.type in ("resource", "character") for thing in surface.at(tile)):
                made.append(game.add(surface, "item-on-ground", (*place, 0), "neutral", stack=(name, 1)).id)
        if len(made) >= count:
            break
    return Refs("LuaEntity", made)


def _ring(radius: int) -> list[tuple[int, int]]:
    """Tiles that are exactly so many away, row by row."""
    reach = range(-radius, radius + 1)
    return [(dx, dy) for dy in reach for dx in reach if max(abs(dx), abs(dy)) == radius]


def _filters(filters: Any) -> tuple[str, ...]:
    """Names of an inserter's filters, which blueprints give as {index=, name=, ...}."""
    return tuple(name_of(each, "an item") for each in filters or ())


def _end(kind: str, given: Any) -> UndergroundType | None:
    if kind in ("underground-belt", "loader", "loader-1x1"):
        if given not in (None, "input", "output"):
            raise ApiError(f"expected type as 'input' or 'output', found {given!r}")
        return "output" if given == "output" else "input"
    return None


def _make_room(game: Game, surface: Surface, base: str, x: float, y: float, direction: int, fast: bool) -> None:
    """fast_replace takes away what stands exactly there and is of the same kind."""
    if not fast:
        return
    kind = load_table().entities[base].type
    for tile in tiles_under(base, x, y, direction):
        for other in surface.at(tile):
            if other.type == kind and (other.x, other.y) == (x, y):
                game.destroy(other)


@calls("LuaSurface", "find_non_colliding_position")
def _free_position(
    game: Game, surface: Surface, name: Any, center: Any, radius: Any, precision: Any, force_to_tile: bool = False
) -> Position | None:
    x, y = position_of(center)
    reach, step = number_of(radius, "radius") or 100, number_of(precision, "precision")
    if step < 0.01:
        raise ApiError(f"precision {step} is too small, at least 0.01")
    offsets = [index * step for index in range(-int(reach / step), int(reach / step) + 1)]
    places = sorted((math.hypot(dx, dy), dy, dx) for dy in offsets for dx in offsets if math.hypot(dx, dy) <= reach)
    for _, dy, dx in places:
        if can_stand(game, surface, name_of(name, "an entity"), [x + dx, y + dy], None):
            return Position(x + dx, y + dy)
    return None
