"""What is set on entities: filters, priorities, hands, modules, bars; and the inventories that have names."""

from __future__ import annotations

from typing import Any

from factorion_cli.errors import FactorionError
from factorion_cli.prototypes import load_table
from factorion_cli.servers.embedded.game import Game
from factorion_cli.servers.embedded.holders import Holder, WorldHolder, roles_of
from factorion_cli.servers.embedded.members.entities import built, item_read, machine_of
from factorion_cli.servers.embedded.members.registry import calls, reads, writes
from factorion_cli.servers.embedded.statistics import forget_work, note_work
from factorion_cli.servers.embedded.things import Thing
from factorion_cli.servers.embedded.values import ApiError, Ref, boolean_of, name_of, number_of, whole_of


def configure(game: Game, thing: Thing, **settings: Any) -> dict[str, int]:
    """Change a setting in the World; what finds no room any more."""
    surface = game.surfaces[thing.surface]
    note_work(game, surface, thing)
    try:
        found = surface.world.configure(thing.world[0], **settings)
    except FactorionError as error:
        raise ApiError(str(error)) from error
    forget_work(thing)
    return found


# Filters, hands and priorities


@reads("LuaEntity", "filter_slot_count")
def _filter_slots(game: Game, thing: Thing) -> int:
    return filter_slots(thing)


def filter_slots(thing: Thing) -> int:
    """Filters that it has: 5 of an inserter (base 2.0), 1 of a splitter."""
    return {"inserter": 5, "splitter": 1}.get(thing.type, 0)


@calls("LuaEntity", "get_filter")
def _get_filter(game: Game, thing: Thing, index: Any) -> Any:
    entity = built(game, thing)
    names, place = entity.filters if entity is not None else (), int(index) - 1
    return {**item_read(names[place]), "comparator": "="} if 0 <= place < len(names) else None


@calls("LuaEntity", "set_filter")
def _set_filter(game: Game, thing: Thing, index: Any, given: Any = None) -> None:
    if thing.type != "inserter":
        raise ApiError(f"the embedded server sets filters of inserters only, not of {thing.name}")
    entity, place = built(game, thing), int(number_of(index, "index"))
    if not 1 <= place <= filter_slots(thing):
        raise ApiError(f"{thing.name} has no filter {place}")
    names = list(entity.filters) if entity is not None else []
    if given is not None:
        names[place - 1 : place] = [game.item_name(name_of(given, "an item"))]
    else:
        del names[place - 1 : place]
    configure(game, thing, filters=tuple(names))


@reads("LuaEntity", "use_filters")
def _use_filters(game: Game, thing: Thing) -> bool:
    entity = built(game, thing)
    return thing.used_filters or (entity is not None and bool(entity.filters))


@writes("LuaEntity", "use_filters")
def _set_use_filters(game: Game, thing: Thing, value: Any) -> None:
    thing.used_filters = boolean_of(value, "use_filters")
    if not thing.used_filters:
        configure(game, thing, filters=())


@reads("LuaEntity", "inserter_stack_size_override")
def _stack_override(game: Game, thing: Thing) -> int:
    entity = built(game, thing)
    return entity.stack_size or 0 if entity is not None else 0


@writes("LuaEntity", "inserter_stack_size_override")
def _set_stack_override(game: Game, thing: Thing, value: Any) -> None:
    configure(game, thing, stack_size=whole_of(value, "inserter_stack_size_override", 0, 255) or None)


@reads("LuaEntity", "splitter_filter")
def _splitter_filter(game: Game, thing: Thing) -> Any:
    entity = built(game, thing)
    return item_read(entity.filter) if entity is not None and entity.filter else None


@writes("LuaEntity", "splitter_filter")
def _set_splitter_filter(game: Game, thing: Thing, value: Any) -> None:
    configure(game, thing, filter=None if value is None else game.item_name(name_of(value, "an item")))


@reads("LuaEntity", "splitter_input_priority", "splitter_output_priority")
def _priority(game: Game, thing: Thing, key: str) -> str:
    entity = built(game, thing)
    return (getattr(entity, key.removeprefix("splitter_")) if entity is not None else None) or "none"


def _set_priority(field: str) -> Any:
    def write(game: Game, thing: Thing, value: Any) -> None:
        if value not in ("left", "right", "none"):
            raise ApiError(f"expected left, right or none, found {value!r}")
        configure(game, thing, **{field: None if value == "none" else value})

    return write


for _side in ("input_priority", "output_priority"):
    writes("LuaEntity", f"splitter_{_side}")(_set_priority(_side))


@reads("LuaEntity", "previous_recipe")
def _previous_recipe(game: Game, thing: Thing) -> Any:
    name = machine_of(game, thing).recipe
    return None if name is None else {"name": Ref("LuaRecipePrototype", name), "quality": "normal"}


# Inventories


def _part(role: str, *names: str) -> None:
    def get(game: Game, thing: Thing) -> Ref | None:
        return Ref("LuaInventory", f"{thing.id}:{role}") if role in roles_of(thing) else None

    calls("LuaEntity", *names)(get)


_part("fuel", "get_fuel_inventory")
_part("output", "get_output_inventory")
_part("modules", "get_module_inventory")
_part("burnt", "get_burnt_result_inventory")


def _chest(holder: Holder) -> WorldHolder:
    if not isinstance(holder, WorldHolder) or holder.role != "chest" or holder.thing.endpoint is not None:
        raise ApiError("this inventory has no bar")
    return holder


@calls("LuaInventory", "supports_bar")
def _supports_bar(game: Game, holder: Holder) -> bool:
    return isinstance(holder, WorldHolder) and holder.role == "chest" and holder.thing.endpoint is None


@calls("LuaInventory", "get_bar")
def _get_bar(game: Game, holder: Holder) -> int:
    """The first slot that is barred, counted from 1."""
    chest = _chest(holder)
    entity = built(game, chest.thing)
    slots = load_table().entities[chest.thing.base].slots
    return (slots if entity is None or entity.bar is None else entity.bar) + 1


@calls("LuaInventory", "set_bar")
def _set_bar(game: Game, holder: Holder, bar: Any = None) -> None:
    configure(game, _chest(holder).thing, bar=None if bar is None else whole_of(bar, "bar", 1, 2**16 - 1) - 1)


# Power: every pole is fed, so that all that poles reach is on one network


@reads("LuaEntity", "electric_network_id")
def _network(game: Game, thing: Thing) -> int | None:
    """Every pole is fed: all that is in reach of one is on one network."""
    prototype = load_table().entities.get(thing.base)
    if thing.type == "electric-energy-interface" or (prototype is not None and prototype.pole is not None):
        return 1
    is_electric = prototype is not None and prototype.electric
    return 1 if is_electric and game.surfaces[thing.surface].is_powered(thing) else None


@calls("LuaEntity", "is_connected_to_electric_network")
def _connected(game: Game, thing: Thing) -> bool:
    return _network(game, thing) is not None


@writes("LuaEntity", "destructible")
def _set_destructible(game: Game, thing: Thing, value: Any) -> None:
    boolean_of(value, "destructible")  # nothing is ever damaged here
