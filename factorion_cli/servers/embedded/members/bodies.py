"""LuaControl: what a character and a player can do."""

from __future__ import annotations

from typing import Any

from factorion_cli.prototypes import load_table
from factorion_cli.servers.embedded import acting
from factorion_cli.servers.embedded.acting import RESOURCE_REACH
from factorion_cli.servers.embedded.game import Game
from factorion_cli.servers.embedded.holders import make_holder, role_of, roles_of
from factorion_cli.servers.embedded.members.registry import calls, reads, writes
from factorion_cli.servers.embedded.members.surfaces import can_stand
from factorion_cli.servers.embedded.things import Body, Craft, Thing
from factorion_cli.servers.embedded.values import (
    ApiError,
    Position,
    Ref,
    boolean_of,
    name_of,
    number_of,
    position_of,
)


def body_of(thing: Thing) -> Body:
    """What a character does; ApiError for what is none."""
    if thing.body is None:
        raise ApiError("Entity is not Character.")
    return thing.body


@reads("LuaControl", "walking_state")
def _walking(game: Game, thing: Thing) -> dict[str, Any]:
    body = body_of(thing)
    return {"walking": body.walking is not None and not body.mining, "direction": body.facing}


@writes("LuaControl", "walking_state")
def _set_walking(game: Game, thing: Thing, value: Any) -> None:
    body = body_of(thing)
    walking = boolean_of(value.get("walking"), "walking_state.walking")
    if "direction" in value:
        direction = int(number_of(value["direction"], "walking_state.direction"))
        if direction not in range(0, 16, 2):
            raise ApiError(f"a character cannot walk in direction {direction}; expected 0, 2, ... 14")
        body.facing = direction
    body.walking = body.facing if walking and not body.mining else None
    game.busy[thing.id] = None


@reads("LuaControl", "mining_state")
def _mining(game: Game, thing: Thing) -> dict[str, Any]:
    return {"mining": body_of(thing).mining}


@writes("LuaControl", "mining_state")
def _set_mining(game: Game, thing: Thing, value: Any) -> None:
    body = body_of(thing)
    body.mining = boolean_of(value.get("mining"), "mining_state.mining")
    body.progress = 0.0
    if body.mining:
        body.walking = None
    game.busy[thing.id] = None


@reads("LuaControl", "selected")
def _selected(game: Game, thing: Thing) -> Ref | None:
    number = body_of(thing).selected
    return Ref("LuaEntity", number) if number is not None and number in game.things else None


@writes("LuaControl", "selected")
def _select(game: Game, thing: Thing, value: Any) -> None:
    body_of(thing).selected = None if value is None else game.thing(value).id


@calls("LuaControl", "update_selected_entity")
def _select_at(game: Game, thing: Thing, position: Any) -> None:
    x, y = position_of(position)
    near = game.surfaces[thing.surface].within(x - 0.01, y - 0.01, x + 0.01, y + 0.01)
    found = [other for other in near if other.id != thing.id]
    body_of(thing).selected = found[0].id if found else None


@calls("LuaControl", "clear_selected_entity")
def _clear_selected(game: Game, thing: Thing) -> None:
    body_of(thing).selected = None


def _progress(game: Game, thing: Thing) -> float:
    return body_of(thing).progress


reads("LuaControl", "mining_progress")(_progress)
reads("LuaEntity", "mining_progress")(_progress)  # where 2.0 has it


@calls("LuaControl", "mine_entity")
def _mine_entity(game: Game, thing: Thing, entity: Any, force: bool = False) -> bool:
    return acting.mine(game, thing, game.thing(entity)) is not None


@calls("LuaControl", "teleport")
def _teleport(game: Game, thing: Thing, position: Any, surface: Any = None, *_flags: Any) -> bool:
    body_of(thing)
    if surface is not None and game.surface(surface).index != thing.surface:
        game.surfaces[thing.surface].leave(thing)
        thing.surface = game.surface(surface).index
        game.surfaces[thing.surface].enter(thing)
    game.move(thing, *position_of(position))
    return True


@reads("LuaControl", "build_distance", "reach_distance", "drop_item_distance")
def _reach(game: Game, thing: Thing) -> int:
    return int(acting.REACH)


@reads("LuaControl", "item_pickup_distance")
def _pickup_distance(game: Game, thing: Thing) -> float:
    return 1.0


@reads("LuaControl", "resource_reach_distance")
def _resource_reach(game: Game, thing: Thing) -> float:
    return RESOURCE_REACH


@calls("LuaControl", "can_reach_entity")
def _can_reach(game: Game, thing: Thing, entity: Any) -> bool:
    other = game.thing(entity)
    return acting.distance(thing, other) <= (RESOURCE_REACH if other.type == "resource" else acting.REACH)


@calls("LuaControl", "can_place_entity")
def _can_place(game: Game, thing: Thing, name: Any, position: Any, direction: Any = None) -> bool:
    x, y = position_of(position)
    near = (x - thing.x) ** 2 + (y - thing.y) ** 2 <= acting.REACH**2
    return near and can_stand(game, game.surfaces[thing.surface], name_of(name, "an entity"), position, direction)


# Inventories


@calls("LuaControl", "get_inventory")
def _get_inventory(game: Game, thing: Thing, index: Any) -> Ref | None:
    role = role_of(game, thing, index)
    return None if role is None else Ref("LuaInventory", f"{thing.id}:{role}")


@calls("LuaControl", "get_main_inventory")
def _get_main(game: Game, thing: Thing) -> Ref | None:
    return Ref("LuaInventory", f"{thing.id}:main") if thing.body is not None else None


def _roles(game: Game, thing: Thing) -> list[str]:
    """Parts that items are put into by hand, in this order; they are taken out in the other."""
    return [role for role in ("chest", "main", "fuel", "input", "output") if role in roles_of(thing)]


@calls("LuaControl", "insert")
def _insert(game: Game, thing: Thing, items: Any) -> int:
    name, count = game.stack_of(items)
    if thing.type in ("transport-belt", "underground-belt", "splitter") and thing.endpoint is None:
        return game.surfaces[thing.surface].world.insert(thing.world[0], name, count)
    done = 0
    for role in _roles(game, thing):
        if role != "output":
            done += make_holder(game, thing, role).insert(name, count - done)
    return done


@calls("LuaControl", "remove_item")
def _remove_item(game: Game, thing: Thing, items: Any) -> int:
    name, count = game.stack_of(items)
    if thing.type in ("transport-belt", "underground-belt", "splitter") and thing.endpoint is None:
        return game.surfaces[thing.surface].world.take(thing.world[0], name, count)
    done = 0
    for role in reversed(_roles(game, thing)):
        done += make_holder(game, thing, role).remove(name, count - done)
    return done


@calls("LuaControl", "get_item_count")
def _item_count(game: Game, thing: Thing, item: Any = None) -> int:
    total = 0
    for role in _roles(game, thing):
        contents = make_holder(game, thing, role).contents()
        total += sum(contents.values()) if item is None else contents.get(name_of(item, "an item"), 0)
    return total


@calls("LuaControl", "can_insert")
def _can_insert(game: Game, thing: Thing, items: Any) -> bool:
    name, _ = game.stack_of(items)
    done = _insert(game, thing, {"name": name, "count": 1})
    if done:
        _remove_item(game, thing, {"name": name, "count": done})
    return done > 0


@calls("LuaControl", "clear_items_inside")
def _clear_items(game: Game, thing: Thing) -> None:
    for role in _roles(game, thing):
        holder = make_holder(game, thing, role)
        for name, count in holder.contents().items():
            holder.remove(name, count)


# Crafting by hand

HAND_CATEGORIES = frozenset({"crafting"})
"""data.raw.character.character.crafting_categories of the base game."""


def _recipe(game: Game, thing: Thing, given: Any) -> str:
    name = str(given.handle).rpartition(":")[2] if isinstance(given, Ref) else name_of(given, "a recipe")
    if name not in load_table().recipes:
        raise ApiError(f"Unknown recipe name: {name}")
    return name


def _by_hand(game: Game, thing: Thing, name: str) -> bool:
    recipe = load_table().recipes[name]
    usable = name not in game.forces[thing.force].disabled_recipes
    return usable and not HAND_CATEGORIES.isdisjoint(recipe.categories) and not recipe.has_fluid


def _maker_of(game: Game, thing: Thing, item: str) -> str | None:
    """The recipe that makes an intermediate product by hand: the one of its own name."""
    return item if item in load_table().recipes and _by_hand(game, thing, item) else None


def _plan(game: Game, thing: Thing, name: str, count: int, held: dict[str, int], plan: list[Craft], deep: int) -> bool:
    """Entries of the queue for `count` crafts, what they need first; takes what they use out of `held`."""
    if deep > 8:
        return False
    for part in load_table().recipes[name].ingredients:
        wanted = int(part.amount) * count
        missing = wanted - min(wanted, held.get(part.name, 0))
        if missing:
            maker = _maker_of(game, thing, part.name)
            if maker is None:
                return False
            made = int(sum(p.amount for p in load_table().recipes[maker].products if p.name == part.name))
            crafts = -(-missing // made)
            if not _plan(game, thing, maker, crafts, held, plan, deep + 1):
                return False
            held[part.name] = held.get(part.name, 0) + crafts * made
        held[part.name] = held.get(part.name, 0) - wanted
    plan.append(Craft(name, count, prerequisite=deep > 0))
    return True


def _startable(game: Game, thing: Thing, name: str, most: int) -> int:
    """How many crafts can be started, intermediate products included; found by halving."""
    body, low, high = body_of(thing), 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if _plan(game, thing, name, middle, body.inventory.contents(), [], 0):
            low = middle
        else:
            high = middle - 1
    return low


@calls("LuaControl", "get_craftable_count")
def _craftable(game: Game, thing: Thing, recipe: Any) -> int:
    name = _recipe(game, thing, recipe)
    return _startable(game, thing, name, 10_000) if _by_hand(game, thing, name) else 0


@calls("LuaControl", "begin_crafting")
def _begin_crafting(game: Game, thing: Thing, recipe: Any, count: Any, silent: bool = False) -> int:
    body, name = body_of(thing), _recipe(game, thing, recipe)
    wanted = int(number_of(count, "count"))
    started = _startable(game, thing, name, wanted) if _by_hand(game, thing, name) else 0
    if started <= 0:
        return 0
    held: dict[str, int] = body.inventory.contents()
    plan: list[Craft] = []
    before = dict(held)
    _plan(game, thing, name, started, held, plan, 0)
    for item, number in before.items():
        used = number - min(number, max(0, held.get(item, 0)))
        body.pool[item] = body.pool.get(item, 0) + body.inventory.remove(item, used)
    body.queue.extend(plan)
    game.busy[thing.id] = None
    return started


@reads("LuaControl", "crafting_queue_size")
def _queue_size(game: Game, thing: Thing) -> int:
    return len(body_of(thing).queue)


@reads("LuaControl", "crafting_queue")
def _queue(game: Game, thing: Thing) -> list[dict[str, Any]] | None:
    queue = body_of(thing).queue
    return [
        {"index": index, "recipe": entry.recipe, "count": entry.count, "prerequisite": entry.prerequisite}
        for index, entry in enumerate(queue, start=1)
    ] or None  # fmt: skip


@reads("LuaControl", "crafting_queue_progress")
def _queue_progress(game: Game, thing: Thing) -> float:
    body = body_of(thing)
    return body.crafting / (60 * load_table().recipes[body.queue[0].recipe].time_s) if body.queue else 0.0


@calls("LuaControl", "cancel_crafting")
def _cancel(game: Game, thing: Thing, index: Any, count: Any) -> None:
    body, place = body_of(thing), int(number_of(index, "index")) - 1
    if not 0 <= place < len(body.queue):
        raise ApiError(f"the crafting queue has no entry {index}")
    entry = body.queue[place]
    if any(other.prerequisite for other in body.queue):
        raise ApiError("the embedded server cannot cancel crafts that need others first")
    stopped = min(entry.count, int(number_of(count, "count")))
    entry.count -= stopped
    for part in load_table().recipes[entry.recipe].ingredients:
        body.inventory.insert(part.name, int(part.amount) * stopped)
        body.pool[part.name] = body.pool.get(part.name, 0) - int(part.amount) * stopped
    if entry.count == 0:
        body.queue.pop(place)
        body.crafting = 0.0 if place == 0 else body.crafting


@reads("LuaControl", "physical_position")
def _physical(game: Game, thing: Thing) -> Position:
    return Position(thing.x, thing.y)
