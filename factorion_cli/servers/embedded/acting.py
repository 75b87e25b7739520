"""What characters do in a tick without a player at them: walk, mine, craft.

Figures of data.raw.character.character (base 2.0 and 2.1): running_speed 0.15 tiles per tick, mining_speed 0.5,
resource_reach_distance 2.7, reach and build distance 10.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from factorion_cli.prototypes import RESOURCES, load_table
from factorion_cli.servers.embedded.things import Body, Slots, Thing
from factorion_cli.servers.embedded.values import Ref

if TYPE_CHECKING:
    from factorion_cli.servers.embedded.game import Game

RUNNING_SPEED = 0.15
MINING_SPEED = 0.5
RESOURCE_REACH, REACH = 2.7, 10.0
STEPS = [
    (RUNNING_SPEED * math.sin(direction * math.pi / 8), -RUNNING_SPEED * math.cos(direction * math.pi / 8))
    for direction in range(16)
]
"""Tiles per tick, east and south, by direction."""
USUAL_MINING_TIME = 0.2
"""Seconds at speed 1 for what is built; vanilla prototypes state 0.1 to 0.5, the table of prototypes leaves it out."""


def act(game: Game, thing: Thing) -> None:
    """One tick of a character; it is left out of the busy ones when there is nothing more to do."""
    body = thing.body
    assert body is not None
    if body.mining:
        _mine(game, thing, body)
    elif body.walking is not None:
        _walk(game, thing, body.walking)
        if not game.latched_walking:
            body.walking = None
    if body.queue:
        _craft(game, thing, body)
    if not (body.mining or body.walking is not None or body.queue):
        game.busy.pop(thing.id, None)


def _walk(game: Game, thing: Thing, direction: int) -> None:
    """A step of 0.15 tiles; along one axis when only that way is free."""
    dx, dy = STEPS[direction]
    for x, y in ((thing.x + dx, thing.y + dy), (thing.x + dx, thing.y), (thing.x, thing.y + dy)):
        if (x, y) != (thing.x, thing.y) and not blocked(game, thing, x, y):
            game.move(thing, round(x * 256) / 256, round(y * 256) / 256)
            return


def blocked(game: Game, thing: Thing, x: float, y: float) -> bool:
    """Whether something keeps a character from standing somewhere: its box is 0.4 tiles wide."""
    surface = game.surfaces[thing.surface]
    if "water" in surface.tile_name((math.floor(x), math.floor(y))):
        return True
    for other in surface.within(x - 0.2, y - 0.2, x + 0.2, y + 0.2):
        prototype = load_table().entities.get(other.base)
        if other.id != thing.id and prototype is not None and "player" in prototype.layers:
            return True
    return False


def mining_ticks(thing: Thing) -> float:
    """Ticks that a character takes to mine something."""
    seconds = RESOURCES[thing.name].mining_time if thing.name in RESOURCES else USUAL_MINING_TIME
    return 60 * seconds / MINING_SPEED


def distance(thing: Thing, other: Thing) -> float:
    """Tiles between two centres."""
    return math.hypot(thing.x - other.x, thing.y - other.y)


def _mine(game: Game, thing: Thing, body: Body) -> None:
    target = game.things.get(body.selected) if body.selected is not None else None
    if target is None:
        body.mining, body.progress = False, 0.0
        return
    if distance(thing, target) > (RESOURCE_REACH if target.type == "resource" else REACH):
        return  # as reported: out of reach it silently never progresses
    body.progress += 1 / mining_ticks(target)
    if body.progress >= 1 - 1e-9:
        body.progress = 0.0
        if mine(game, thing, target) is None:
            body.mining = False


def mine(game: Game, thing: Thing, target: Thing) -> dict[str, int] | None:
    """Mine one piece of a resource, or a whole entity, into a character's inventory; None when it does not fit."""
    body = thing.body
    assert body is not None
    if target.type == "resource":
        product = RESOURCES[target.name].product
        if RESOURCES[target.name].is_fluid or body.inventory.room_for(product) < 1:
            return None
        tell(game, thing, "on_pre_player_mined_item", entity=entity_ref(target))
        body.inventory.insert(product, 1)
        take_ore(game, target, 1)
        force = game.forces[thing.force]
        force.made[thing.surface, product] = force.made.get((thing.surface, product), 0) + 1
        tell(game, thing, "on_player_mined_item", item_stack=buffered(game, thing, {product: 1}))
        tell(game, thing, "on_player_main_inventory_changed")
        return {product: 1}
    item = item_of(target)
    if not target.minable or body.inventory.room_for(item) < 1:
        return None
    tell(game, thing, "on_pre_player_mined_item", entity=entity_ref(target))
    tell(game, thing, "on_player_mined_entity", entity=entity_ref(target), buffer=buffer_of(game, thing, {item: 1}))
    found = game.remove(target)
    found[item] = found.get(item, 0) + 1
    for name, count in found.items():
        body.inventory.insert(name, count)
    tell(game, thing, "on_player_main_inventory_changed")
    return found


def take_ore(game: Game, target: Thing, amount: int) -> None:
    """Take pieces out of a resource; it is gone with the last one."""
    surface = game.surfaces[target.surface]
    left = surface.amount_of(target) - amount
    if left <= 0:
        game.raise_event("on_resource_depleted", {"entity": entity_ref(target)})
        game.remove(target)
    else:
        surface.set_ore(target, left)


def item_of(thing: Thing) -> str:
    """The item that an entity becomes when it is mined: of its own name, but for rails and the like."""
    items = load_table().items
    if thing.base != thing.name or thing.base in items:
        return thing.name
    return next((item.name for item in items.values() if item.place_result == thing.base), thing.name)


def tell(game: Game, thing: Thing, event: str, **fields: Any) -> None:
    """Raise an event of a player for what its character does; characters without one raise none."""
    if thing.player is not None:
        game.raise_event(event, {"player_index": thing.player, **fields})


def buffer_of(game: Game, thing: Thing, items: Mapping[str, int]) -> Ref:
    """An inventory that an event shows: it holds these items until the next event of this character."""
    game.buffers[thing.id] = Slots([*items.items()])
    return Ref("LuaInventory", f"{thing.id}:buffer")


def buffered(game: Game, thing: Thing, items: Mapping[str, int]) -> Ref:
    """The same for an event that shows a stack."""
    return Ref("LuaItemStack", f"{buffer_of(game, thing, items).handle}:1")


def _craft(game: Game, thing: Thing, body: Body) -> None:
    entry = body.queue[0]
    recipe = load_table().recipes[entry.recipe]
    body.crafting += 1
    if body.crafting < 60 * recipe.time_s - 1e-9:
        return
    if any(body.inventory.room_for(part.name) < part.amount for part in recipe.products):
        return
    body.crafting = 0.0
    for part in recipe.ingredients:
        body.pool[part.name] = body.pool.get(part.name, 0) - int(part.amount)
    for part in recipe.products:
        if entry.prerequisite:
            body.pool[part.name] = body.pool.get(part.name, 0) + int(part.amount)
        else:
            body.inventory.insert(part.name, int(part.amount))
            recipe_ref = Ref("LuaRecipe", f"{thing.force}:{entry.recipe}")
            made = buffered(game, thing, {part.name: int(part.amount)})
            tell(game, thing, "on_player_crafted_item", item_stack=made, recipe=recipe_ref)
            tell(game, thing, "on_player_main_inventory_changed")
    entry.count -= 1
    if entry.count <= 0:
        body.queue.pop(0)
    if not body.queue:
        give_back(body)


def give_back(body: Body) -> None:
    """What the queue has left over goes into the inventory."""
    for name, count in sorted(body.pool.items()):
        body.inventory.insert(name, count)
    body.pool.clear()


def entity_ref(thing: Thing) -> Ref:
    """The LuaEntity of a thing."""
    return Ref("LuaEntity", thing.id)
