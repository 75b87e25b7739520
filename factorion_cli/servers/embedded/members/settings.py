"""What is set on entities: filters, priorities, hands, modules, bars; and the inventories they name.

The World takes such settings only when something is built, so a change builds it anew, with what was in it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from factorion_cli.factory import Entity
from factorion_cli.prototypes import load_table
from factorion_cli.servers.embedded.game import Game
from factorion_cli.servers.embedded.holders import KINDS, WorldHolder, module_slots, rebuilt, role_of
from factorion_cli.servers.embedded.members.registry import calls, reads, writes
from factorion_cli.servers.embedded.things import Thing
from factorion_cli.servers.embedded.values import ApiError, Ref, boolean_of, name_of, number_of

SIDES = ("left", "right", "none")


def _entity(game: Game, thing: Thing) -> Entity:
    entity = game.surfaces[thing.surface].world.ids.get(thing.world[0]) if thing.world else None
    if not isinstance(entity, Entity):
        raise ApiError(f"{thing.name} has no settings on the embedded server")
    return entity


# Inserters


@reads("LuaEntity", "use_filters")
def _use_filters(game: Game, thing: Thing) -> bool:
    return bool(_entity(game, thing).filters)


@writes("LuaEntity", "use_filters")
def _set_use_filters(game: Game, thing: Thing, value: Any) -> None:
    if not boolean_of(value, "use_filters") and _entity(game, thing).filters:
        raise ApiError("the embedded server cannot keep filters that are not used; clear them by set_filter")


@calls("LuaEntity", "set_filter")
def _set_filter(game: Game, thing: Thing, index: Any, given: Any = None) -> None:
    if thing.type != "inserter":
        raise ApiError("the embedded server sets filters of inserters only")
    filters, place = list(_entity(game, thing).filters), int(number_of(index, "index")) - 1
    if not 0 <= place <= len(filters):
        raise ApiError(f"the embedded server sets filters one after another: {len(filters) + 1} is next, not {index}")
    filters[place : place + 1] = [] if given is None else [game.item_name(name_of(given, "an item"))]
    rebuilt(game, thing, lambda entity: replace(entity, filters=tuple(filters)))


@reads("LuaEntity", "inserter_stack_size_override")
def _hand(game: Game, thing: Thing) -> int:
    return _entity(game, thing).stack_size or 0


@writes("LuaEntity", "inserter_stack_size_override")
def _set_hand(game: Game, thing: Thing, value: Any) -> None:
    size = int(number_of(value, "inserter_stack_size_override"))
    rebuilt(game, thing, lambda entity: replace(entity, stack_size=size or None))


# Splitters


@reads("LuaEntity", "splitter_filter")
def _splitter_filter(game: Game, thing: Thing) -> Any:
    name = _entity(game, thing).filter
    return None if name is None else {"name": name, "quality": "normal", "comparator": "="}


@writes("LuaEntity", "splitter_filter")
def _set_splitter_filter(game: Game, thing: Thing, value: Any) -> None:
    name = None if value is None else game.item_name(name_of(value, "an item"))
    rebuilt(game, thing, lambda entity: replace(entity, filter=name))


def _side(value: Any) -> Any:
    if value not in SIDES:
        raise ApiError(f"expected one of {', '.join(SIDES)}, found {value!r}")
    return None if value == "none" else value


@reads("LuaEntity", "splitter_input_priority")
def _input_priority(game: Game, thing: Thing) -> str:
    return _entity(game, thing).input_priority or "none"


@writes("LuaEntity", "splitter_input_priority")
def _set_input_priority(game: Game, thing: Thing, value: Any) -> None:
    side = _side(value)
    rebuilt(game, thing, lambda entity: replace(entity, input_priority=side))


@reads("LuaEntity", "splitter_output_priority")
def _output_priority(game: Game, thing: Thing) -> str:
    return _entity(game, thing).output_priority or "none"


@writes("LuaEntity", "splitter_output_priority")
def _set_output_priority(game: Game, thing: Thing, value: Any) -> None:
    side = _side(value)
    rebuilt(game, thing, lambda entity: replace(entity, output_priority=side))


# Inventories


@calls("LuaEntity", "get_module_inventory")
def _module_inventory(game: Game, thing: Thing) -> Ref | None:
    return Ref("LuaInventory", f"{thing.id}:modules") if module_slots(thing.base) else None


def _named_inventory(game: Game, thing: Thing, define: str, role: str) -> Ref | None:
    if role not in KINDS.get(thing.type, ()):
        return None
    known = role_of(game, thing, game.api.defines["inventory"][define])
    return Ref("LuaInventory", f"{thing.id}:{known}") if known is not None else None


@calls("LuaEntity", "get_fuel_inventory")
def _fuel_inventory(game: Game, thing: Thing) -> Ref | None:
    return _named_inventory(game, thing, "fuel", "fuel")


@calls("LuaEntity", "get_output_inventory")
def _output_inventory(game: Game, thing: Thing) -> Ref | None:
    if thing.type in ("container", "logistic-container"):
        return _named_inventory(game, thing, "chest", "chest")
    return _named_inventory(game, thing, "crafter_output", "output")


def _is_chest(holder: Any) -> bool:
    return isinstance(holder, WorldHolder) and holder.role == "chest" and holder.thing.endpoint is None


@calls("LuaInventory", "supports_bar")
def _supports_bar(game: Game, holder: Any) -> bool:
    return _is_chest(holder)


@calls("LuaInventory", "get_bar")
def _get_bar(game: Game, holder: Any) -> int:
    if not _is_chest(holder):
        raise ApiError("this inventory has no bar")
    entity = _entity(game, holder.thing)
    return 1 + (entity.prototype.slots if entity.bar is None else entity.bar)


@calls("LuaInventory", "set_bar")
def _set_bar(game: Game, holder: Any, bar: Any = None) -> None:
    if not _is_chest(holder):
        raise ApiError("this inventory has no bar")
    slots = None if bar is None else int(number_of(bar, "bar")) - 1
    rebuilt(game, holder.thing, lambda entity: replace(entity, bar=slots))


# Power: without limit here, so that all poles are one network


@reads("LuaEntity", "electric_network_id")
def _network(game: Game, thing: Thing) -> int | None:
    prototype = load_table().entities.get(thing.base)
    is_electric = prototype is not None and prototype.electric
    return 1 if is_electric or thing.type == "electric-pole" else None


@calls("LuaEntity", "is_connected_to_electric_network")
def _is_connected(game: Game, thing: Thing) -> bool:
    return _network(game, thing) is not None


@writes("LuaEntity", "destructible")
def _set_destructible(game: Game, thing: Thing, value: Any) -> None:
    boolean_of(value, "destructible")  # nothing is hurt on this server


@reads("LuaEntity", "previous_recipe")
def _previous_recipe(game: Game, thing: Thing) -> None:
    return None  # a furnace names its recipe by get_recipe until it makes another one


@reads("LuaControl", "item_pickup_distance")
def _pickup_distance(game: Game, thing: Thing) -> float:
    return 1.0  # data.raw.character.character.item_pickup_distance


@reads("LuaEntityPrototype", "electric_energy_source_prototype")
def _electric_source(game: Game, name: str) -> Ref | None:
    prototype = load_table().entities.get(game.base_of(name))
    electric = prototype is not None and prototype.electric
    return Ref("LuaElectricEnergySourcePrototype", name) if electric else None
