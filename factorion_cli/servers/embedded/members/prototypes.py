"""prototypes.*, the prototype classes, and the LuaCustomTables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from factorion_cli.prototypes import RESOURCES, load_table
from factorion_cli.servers.embedded.acting import USUAL_MINING_TIME
from factorion_cli.servers.embedded.game import EXTRA_TYPES, Game
from factorion_cli.servers.embedded.members.forces import parts_of
from factorion_cli.servers.embedded.members.registry import INDICES, KEYS, LENGTHS, reads
from factorion_cli.servers.embedded.surface import TILES
from factorion_cli.servers.embedded.things import stack_size
from factorion_cli.servers.embedded.values import ApiError, Position, Ref


@reads("LuaPrototypes", "entity", "item", "recipe", "fluid", "tile", "quality")
def _prototypes(game: Game, _: None, key: str) -> Ref:
    return Ref("LuaCustomTable", f"prototypes:{key}")


def _table(game: Game, handle: str) -> tuple[str, list[Any], str]:
    """Class of a table's values, their keys, and what precedes the key in a value's handle."""
    owner, _, kind = handle.rpartition(":")
    if owner == "prototypes":
        return f"Lua{kind.capitalize()}Prototype", sorted(_names(game, kind)), ""
    if owner:
        if kind == "technologies":
            raise ApiError("the embedded server has no technologies: every recipe is known from the start")
        return "LuaRecipe", sorted(load_table().recipes), f"{owner}:"
    if kind == "surfaces":
        return "LuaSurface", [surface.name for surface in game.surfaces.values()], ""
    if kind == "forces":
        return "LuaForce", list(game.forces), ""
    return "LuaPlayer", sorted(game.players), ""


def _names(game: Game, kind: str) -> Iterable[str]:
    table = load_table()
    if kind == "entity":
        return {*table.entities, *EXTRA_TYPES, *game.custom}
    if kind == "item":
        return {*table.items, *game.custom_items}
    return {"recipe": table.recipes, "fluid": table.fluids, "tile": TILES, "quality": ("normal",)}[kind]


def _index(game: Game, ref: Ref, key: Any) -> Ref | None:
    handle = str(ref.handle)
    if handle in ("surfaces", "forces", "players"):
        groups: dict[str, tuple[str, Iterable[Any], str]] = {
            "surfaces": ("LuaSurface", game.surfaces.values(), "index"),
            "forces": ("LuaForce", game.forces.values(), "name"),
            "players": ("LuaPlayer", game.players.values(), "index"),
        }
        cls, group, name = groups[handle]
        for each in group:
            if key in (each.index, each.name):
                return Ref(cls, getattr(each, name))
        return None
    owner, _, kind = handle.rpartition(":")
    if owner == "prototypes":
        return Ref(f"Lua{kind.capitalize()}Prototype", key) if key in _names(game, kind) else None
    cls, _, before = _table(game, handle)
    return Ref(cls, f"{before}{key}") if key in load_table().recipes else None


INDICES["LuaCustomTable"] = _index
KEYS["LuaCustomTable"] = lambda game, ref: _table(game, str(ref.handle))[1]
LENGTHS["LuaCustomTable"] = lambda game, ref: len(_table(game, str(ref.handle))[1])

for _cls in ("LuaEntityPrototype", "LuaItemPrototype", "LuaRecipePrototype", "LuaFluidPrototype", "LuaTilePrototype"):
    reads(_cls, "name")(lambda _game, name: name)
reads("LuaQualityPrototype", "name")(lambda _game, name: name)
reads("LuaQualityPrototype", "level")(lambda _game, _name: 0)


@reads("LuaEntityPrototype", "type")
def _type(game: Game, name: str) -> str:
    return game.type_of(name)


@reads("LuaEntityPrototype", "tile_width", "tile_height")
def _tile_size(game: Game, name: str, key: str) -> int:
    prototype = load_table().entities.get(game.base_of(name))
    return 1 if prototype is None else prototype.height if key == "tile_height" else prototype.width


@reads("LuaEntityPrototype", "collision_box")
def _collision_box(game: Game, name: str) -> dict[str, Any]:
    prototype = load_table().entities.get(game.base_of(name))
    left, top, right, bottom = prototype.collision_box if prototype is not None else (-0.2, -0.2, 0.2, 0.2)
    return {"left_top": Position(left, top), "right_bottom": Position(right, bottom)}


@reads("LuaEntityPrototype", "supports_direction")
def _supports_direction(game: Game, name: str) -> bool:
    prototype = load_table().entities.get(game.base_of(name))
    return prototype is not None and prototype.rotatable


@reads("LuaEntityPrototype", "items_to_place_this")
def _items_to_place(game: Game, name: str) -> list[dict[str, Any]]:
    items = load_table().items
    found = [name] if name in game.custom_items else [i.name for i in items.values() if i.place_result == name]
    return [{"name": item, "count": 1} for item in found]


@reads("LuaEntityPrototype", "mineable_properties")
def _mineable(game: Game, name: str) -> dict[str, Any]:
    resource = RESOURCES.get(name)
    product = resource.product if resource is not None else name
    return {
        "minable": True,
        "mining_time": resource.mining_time if resource is not None else USUAL_MINING_TIME,
        "products": [{"type": "item", "name": product, "amount": 1}],
    }


@reads("LuaEntityPrototype", "electric_energy_source_prototype")
def _electric(game: Game, name: str) -> Ref | None:
    prototype = load_table().entities.get(game.base_of(name))
    electric = prototype is not None and prototype.electric
    return Ref("LuaElectricEnergySourcePrototype", name) if electric else None


@reads("LuaItemPrototype", "stack_size")
def _stack_size(game: Game, name: str) -> int:
    return stack_size(name)


@reads("LuaItemPrototype", "type")
def _item_type(game: Game, name: str) -> str:
    item = load_table().items.get(name)
    return "module" if item is not None and item.module is not None else "item"


@reads("LuaItemPrototype", "place_result")
def _place_result(game: Game, name: str) -> Ref | None:
    item = load_table().items.get(name)
    result = game.custom_items.get(name) if item is None else item.place_result
    return None if result is None else Ref("LuaEntityPrototype", result)


@reads("LuaItemPrototype", "fuel_value")
def _fuel_value(game: Game, name: str) -> float:
    item = load_table().items.get(name)
    return 0.0 if item is None else item.fuel_j


@reads("LuaRecipePrototype", "energy")
def _recipe_energy(game: Game, name: str) -> float:
    return load_table().recipes[name].time_s


@reads("LuaRecipePrototype", "ingredients", "products")
def _recipe_parts(game: Game, name: str, key: str) -> list[dict[str, Any]]:
    return parts_of(getattr(load_table().recipes[name], key))


@reads("LuaRecipePrototype", "category")
def _recipe_category(game: Game, name: str) -> str:
    return load_table().recipes[name].categories[0]


@reads("LuaRecipePrototype", "categories")
def _recipe_categories(game: Game, name: str) -> list[str]:
    return list(load_table().recipes[name].categories)
