"""LuaEntity: what stands on a surface."""

from __future__ import annotations

from typing import Any

from factorion_cli.errors import FactorionError, UsageError
from factorion_cli.factory import Entity
from factorion_cli.factory.placement import legal_directions
from factorion_cli.prototypes import load_table
from factorion_cli.servers.embedded import acting
from factorion_cli.servers.embedded.acting import entity_ref
from factorion_cli.servers.embedded.game import Game
from factorion_cli.servers.embedded.holders import holder_of
from factorion_cli.servers.embedded.members.registry import calls, reads, writes
from factorion_cli.servers.embedded.statistics import forget_work, note_work
from factorion_cli.servers.embedded.surface import ENDLESS, box_of
from factorion_cli.servers.embedded.things import Thing
from factorion_cli.servers.embedded.values import ApiError, Position, Ref, name_of, number_of, whole_of
from factorion_cli.simulation.world import ArmState, FluidState, MachineState
from factorion_cli.simulation.world.states import State

STATUS = {
    None: "working", "output": "full_output", "power": "no_power", "fuel": "no_fuel",
    "fluid": "fluid_ingredient_shortage",    "recipe": "no_recipe",
}  # fmt: skip


@reads("LuaEntity", "name", "type", "unit_number", "direction", "health")
def _field(game: Game, thing: Thing, key: str) -> Any:
    return getattr(thing, key)


@reads("LuaEntity", "position")
def _position(game: Game, thing: Thing) -> Position:
    return Position(thing.x, thing.y)


@reads("LuaEntity", "surface")
def _surface(game: Game, thing: Thing) -> Ref:
    return Ref("LuaSurface", thing.surface)


@reads("LuaEntity", "surface_index")
def _surface_index(game: Game, thing: Thing) -> int:
    return thing.surface


@reads("LuaEntity", "force")
def _force(game: Game, thing: Thing) -> Ref:
    return Ref("LuaForce", thing.force)


@writes("LuaEntity", "force")
def _set_force(game: Game, thing: Thing, value: Any) -> None:
    thing.force = game.force(value).name
    game.forget(thing.id)


@reads("LuaEntity", "force_index")
def _force_index(game: Game, thing: Thing) -> int:
    return game.forces[thing.force].index


@reads("LuaEntity", "prototype")
def _prototype(game: Game, thing: Thing) -> Ref:
    return Ref("LuaEntityPrototype", thing.name)


@reads("LuaEntity", "quality")
def _quality(game: Game, thing: Thing) -> Ref:
    return Ref("LuaQualityPrototype", thing.quality)


@reads("LuaEntity", "bounding_box", "selection_box")
def _box(game: Game, thing: Thing) -> dict[str, Any]:
    left, top, right, bottom = box_of(thing)
    return {"left_top": Position(left, top), "right_bottom": Position(right, bottom)}


@reads("LuaEntity", "tile_width", "tile_height")
def _tile_size(game: Game, thing: Thing, key: str) -> int:
    return thing.size[key == "tile_height"]


@reads("LuaEntity", "rotatable", "operable", "destructible")
def _yes(game: Game, thing: Thing) -> bool:
    return True


@reads("LuaEntity", "supports_direction")
def _supports_direction(game: Game, thing: Thing) -> bool:
    return thing.base in load_table().entities and len(legal_directions(thing.base)) > 1


@reads("LuaEntity", "minable", "minable_flag")
def _minable(game: Game, thing: Thing) -> bool:
    return thing.minable


@writes("LuaEntity", "minable", "minable_flag")
def _set_minable(game: Game, thing: Thing, value: Any) -> None:
    thing.minable = bool(value)


@reads("LuaEntity", "tags")
def _tags(game: Game, thing: Thing) -> Any:
    return thing.tags


@reads("LuaEntity", "last_user")
def _last_user(game: Game, thing: Thing) -> None:
    return None


@reads("LuaEntity", "amount")
def _amount(game: Game, thing: Thing) -> int:
    return game.surfaces[thing.surface].amount_of(thing)


@writes("LuaEntity", "amount")
def _set_amount(game: Game, thing: Thing, value: Any) -> None:
    game.surfaces[thing.surface].set_ore(thing, whole_of(value, "amount", 1, ENDLESS))


@reads("LuaEntity", "belt_to_ground_type")
def _underground_type(game: Game, thing: Thing) -> str | None:
    return thing.underground_type


@reads("LuaEntity", "loader_type")
def _loader_type(game: Game, thing: Thing) -> str | None:
    return thing.underground_type


# Turning and taking away


def turn(game: Game, thing: Thing, direction: int) -> bool:
    """Let a thing face another way; whether it did."""
    surface = game.surfaces[thing.surface]
    if thing.base not in load_table().entities or direction not in legal_directions(thing.base):
        return False
    if thing.endpoint is not None:
        game.face(thing, direction)
        surface.rebuild_endpoint(thing)
        return True
    size = load_table().entities[thing.base].size
    if size(direction) != size(thing.direction):
        return False
    try:
        surface.world.rotate(thing.world[0], direction)
    except FactorionError:
        return False
    game.face(thing, direction)
    return True


@writes("LuaEntity", "direction")
def _set_direction(game: Game, thing: Thing, value: Any) -> None:
    turn(game, thing, int(number_of(value, "direction")))


@calls("LuaEntity", "rotate")
def _rotate(game: Game, thing: Thing, reverse: bool = False, by_player: Any = None, **_: Any) -> bool:
    if thing.type == "underground-belt":
        return _swap_end(game, thing)
    return turn(game, thing, (thing.direction + (12 if reverse else 4)) % 16)


def _swap_end(game: Game, thing: Thing) -> bool:
    """An end of an underground changes between entrance and exit and turns round."""
    surface = game.surfaces[thing.surface]
    surface.discard(thing)
    thing.underground_type = "output" if thing.underground_type == "input" else "input"
    game.face(thing, (thing.direction + 8) % 16)
    surface.build(thing)
    return True


@calls("LuaEntity", "destroy")
def _destroy(game: Game, thing: Thing, raise_destroy: bool = False, **_: Any) -> bool:
    if raise_destroy:
        game.raise_event("script_raised_destroy", {"entity": entity_ref(thing)})
    game.destroy(thing)
    return True


@calls("LuaEntity", "mine")
def _mine(game: Game, thing: Thing, inventory: Any = None, force: bool = False, **_: Any) -> bool:
    if not thing.minable and not force:
        return False
    if thing.type == "resource":
        raise ApiError("the embedded server lets only characters mine resources")
    item = acting.item_of(thing)
    found = game.remove(thing)
    found[item] = found.get(item, 0) + 1
    if inventory is not None:
        target = holder_of(game, inventory)
        for name, count in found.items():
            target.insert(name, count)
    return True


@calls("LuaEntity", "can_be_destroyed")
def _can_be_destroyed(game: Game, thing: Thing) -> bool:
    return True


# What machines do


def state_of(game: Game, thing: Thing) -> State | None:
    """The World's state of a thing."""
    return game.surfaces[thing.surface].world.state(thing.world[0]) if thing.world else None


def machine_of(game: Game, thing: Thing) -> MachineState:
    """The state of a machine; ApiError for what makes nothing."""
    state = state_of(game, thing)
    if not isinstance(state, MachineState):
        raise ApiError(f"{thing.name} makes nothing on the embedded server")
    return state


def craft_of(game: Game, thing: Thing) -> tuple[str | None, float]:
    """What a machine makes, and the share of it that is done; ApiError for what makes nothing."""
    try:
        return game.surfaces[thing.surface].world.craft(thing.world[0])
    except (IndexError, UsageError) as error:
        raise ApiError(f"{thing.name} makes nothing on the embedded server") from error


def _recipe_set(game: Game, thing: Thing) -> str | None:
    entity = built(game, thing)
    return entity.recipe if entity is not None else None


def built(game: Game, thing: Thing) -> Entity | None:
    """What the World has of a thing, if it is no endpoint."""
    entity = game.surfaces[thing.surface].world.get(thing.world[0]) if thing.world else None
    return entity if isinstance(entity, Entity) else None


@calls("LuaEntity", "get_recipe")
def _get_recipe(game: Game, thing: Thing) -> Any:
    name = _recipe_set(game, thing) if thing.type != "furnace" else craft_of(game, thing)[0]
    return Ref("LuaRecipe", f"{thing.force}:{name}") if name is not None else None


@calls("LuaEntity", "set_recipe")
def _set_recipe(game: Game, thing: Thing, recipe: Any = None, quality: Any = None) -> list[dict[str, Any]]:
    if isinstance(recipe, Ref):
        recipe = str(recipe.handle).rpartition(":")[2]
    surface = game.surfaces[thing.surface]
    note_work(game, surface, thing)
    name = None if recipe is None else name_of(recipe, "a recipe")
    if name is not None and name not in load_table().recipes:
        raise ApiError(f"Unknown recipe name: {name}")
    try:
        found = surface.world.set_recipe(thing.world[0], name)
    except FactorionError as error:
        raise ApiError(str(error)) from error
    forget_work(thing)
    return item_list(found)


def item_list(items: dict[str, int]) -> list[dict[str, Any]]:
    """Items as ItemWithQualityCount[]."""
    return [{"name": name, "count": count, "quality": "normal"} for name, count in sorted(items.items()) if count > 0]


@calls("LuaEntity", "is_crafting")
def _is_crafting(game: Game, thing: Thing) -> bool:
    return machine_of(game, thing).crafting


@reads("LuaEntity", "crafting_progress")
def _crafting_progress(game: Game, thing: Thing) -> float:
    return craft_of(game, thing)[1]


@reads("LuaEntity", "products_finished")
def _products_finished(game: Game, thing: Thing) -> int:
    return machine_of(game, thing).crafts


@reads("LuaEntity", "crafting_speed")
def _crafting_speed(game: Game, thing: Thing) -> float:
    machine = load_table().entity(thing.base).machine
    return machine.crafting_speed if machine is not None else 0.0


@reads("LuaEntity", "status")
def _status(game: Game, thing: Thing) -> int | None:
    state, values = state_of(game, thing), game.api.defines["entity_status"]
    if isinstance(state, MachineState):
        return int(values[STATUS.get(state.waits_for, "item_ingredient_shortage")])
    if isinstance(state, ArmState):
        return int(values["working" if state.phase != "picking" or state.held else "waiting_for_source_items"])
    return int(values["normal"]) if state is not None else None


@reads("LuaEntity", "energy")
def _energy(game: Game, thing: Thing) -> float:
    """Joules in the buffer: every pole is fed, so what is in reach of one always has some."""
    prototype = load_table().entities.get(thing.base)
    is_electric = prototype is not None and prototype.electric
    return 1000.0 if is_electric and game.surfaces[thing.surface].is_powered(thing) else 0.0


@reads("LuaEntity", "active")
def _active(game: Game, thing: Thing) -> bool:
    return True


@reads("LuaEntity", "held_stack")
def _held(game: Game, thing: Thing) -> Ref:
    return Ref("LuaItemStack", f"{thing.id}:hand:1")


@calls("LuaEntity", "get_fluid_count")
def _fluid_count(game: Game, thing: Thing, fluid: str | None = None) -> float:
    return sum(amount for name, amount in _fluids(game, thing).items() if fluid in (None, name))


@calls("LuaEntity", "get_fluid_contents")
def _fluid_contents(game: Game, thing: Thing) -> dict[str, float]:
    return _fluids(game, thing)


def _fluids(game: Game, thing: Thing) -> dict[str, float]:
    state, fluids = state_of(game, thing), load_table().fluids
    if isinstance(state, FluidState):
        return {state.fluid: state.amount} if state.fluid is not None else {}
    if isinstance(state, MachineState):
        return {n: c for part in (state.ingredients, state.products) for n, c in part.items() if n in fluids}
    return {}


@reads("LuaEntity", "stack")
def _stack(game: Game, thing: Thing) -> Ref:
    return Ref("LuaItemStack", f"{thing.id}:ground:1")


# Endpoints


def item_read(name: str) -> dict[str, Any]:
    """An item in a filter that is read: prototypes, where a filter that is written may hold names (API tables)."""
    return {"name": Ref("LuaItemPrototype", name), "quality": Ref("LuaQualityPrototype", "normal")}


@calls("LuaEntity", "set_infinity_container_filter")
def _set_infinity_filter(game: Game, thing: Thing, index: Any, given: Any = None) -> None:
    if thing.endpoint is None:
        raise ApiError("the embedded server has infinity chests as the mod's endpoints only")
    thing.endpoint.items = {} if given is None else {"left": game.item_name(name_of(given, "an item"))}
    if thing.endpoint.role == "source":
        game.surfaces[thing.surface].rebuild_endpoint(thing)


@calls("LuaEntity", "get_infinity_container_filter")
def _get_infinity_filter(game: Game, thing: Thing, index: Any) -> Any:
    item = thing.endpoint.items.get("left") if thing.endpoint is not None else None
    return None if item is None else {**item_read(item), "index": 1, "count": 1000, "mode": "at-least"}


@reads("LuaEntity", "remove_unfiltered_items")
def _remove_unfiltered(game: Game, thing: Thing) -> bool:
    return False


@writes("LuaEntity", "remove_unfiltered_items")
def _set_remove_unfiltered(game: Game, thing: Thing, value: Any) -> None:
    if value:
        raise ApiError("the embedded server's infinity chests keep what is not filtered")


# Inventories and lines


@calls("LuaEntity", "get_transport_line")
def _transport_line(game: Game, thing: Thing, index: Any) -> Ref:
    number = int(number_of(index, "a line's index"))
    if not 1 <= number <= line_count(thing):
        raise ApiError(f"{thing.name} has no transport line {number}")
    return Ref("LuaTransportLine", f"{thing.id}:{number}")


@calls("LuaEntity", "get_max_transport_line_index")
def _line_count(game: Game, thing: Thing) -> int:
    return line_count(thing)


def line_count(thing: Thing) -> int:
    """Lines of a belt, an underground (with its tunnel), a splitter."""
    return {"underground-belt": 4, "splitter": 8, "linked-belt": 2}.get(thing.type, 2)
