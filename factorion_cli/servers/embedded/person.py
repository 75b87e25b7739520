"""A person with the game: a connected player's hands, with the events that the game raises for them.

What the engine does by itself for a player's character (mining, crafting, walking) is in `acting`; here is what a mouse
does: building from the hand, windows, transfers.
"""

from __future__ import annotations

from typing import Any

from factorion_cli.prototypes import load_table
from factorion_cli.servers.embedded.acting import buffer_of, entity_ref, tell
from factorion_cli.servers.embedded.holders import make_holder, roles_of
from factorion_cli.servers.embedded.members import CALLS
from factorion_cli.servers.embedded.server import EmbeddedServer
from factorion_cli.servers.embedded.things import Thing
from factorion_cli.servers.embedded.values import ApiError, Position, Ref


class Person:
    """Plays on an embedded server as a person would; time passes by `server.tick` and in `walk` and `mine`.

    Positions are tiles of the surface that the character is on.

    Args:
        server: joined under this name.
        name: of the player.
    """

    def __init__(self, server: EmbeddedServer, name: str = "player") -> None:
        self._server, self._game = server, server.game
        self.player = server.join(name)
        self._opened: Thing | None = None

    @property
    def character(self) -> Thing:
        """Its character."""
        return self._game.things[self.player.thing]

    def _body(self) -> Any:
        return self.character.body

    def _tell(self, event: str, **fields: Any) -> None:
        tell(self._game, self.character, event, **fields)

    def _at(self, x: int, y: int) -> Thing:
        found = [t for t in self._game.surfaces[self.character.surface].at((x, y)) if t.type != "character"]
        if not found:
            raise ApiError(f"nothing stands at {x},{y}")
        return min(found, key=lambda thing: thing.type == "resource")

    # The hand

    def hold(self, item: str, count: int) -> None:
        """Take items out of the inventory into the hand."""
        self.put_away()
        self.player.cursor = (item, self._body().inventory.remove(item, count))
        self._hand_changed()

    def put_away(self) -> None:
        """Put what is in the hand back."""
        if self.player.cursor is not None:
            self._body().inventory.insert(*self.player.cursor)
            self.player.cursor = None
            self._hand_changed()

    def _use(self, count: int = 1) -> None:
        assert self.player.cursor is not None
        item, held = self.player.cursor
        self.player.cursor = (item, held - count) if held > count else None
        self._tell("on_player_cursor_stack_changed")

    def _hand_changed(self) -> None:
        self._tell("on_player_cursor_stack_changed")
        self._tell("on_player_main_inventory_changed")

    def build(self, x: int, y: int, direction: int = 0) -> Thing:
        """Build what is in the hand with its top-left corner on a tile."""
        assert self.player.cursor is not None
        name = self.player.cursor[0]
        width, height = load_table().entity(name).size(direction)
        surface, place = self._game.surfaces[self.character.surface], (x + width / 2, y + height / 2)
        if (reason := surface.obstacle(name, *place, direction)) is not None:
            raise ApiError(f"{name} cannot stand at {x},{y}: {reason}")
        self._tell(
            "on_pre_build", position=Position(*place), direction=direction, build_mode=0, created_by_moving=False,
            mirror=False, flip_horizontal=False, flip_vertical=False,
        )  # fmt: skip
        thing = self._game.add(surface, name, (*place, direction), self.character.force)
        used = buffer_of(self._game, self.character, {name: 1})
        self._tell("on_built_entity", entity=entity_ref(thing), consumed_items=used)
        self._use()
        return thing

    def drop_into(self, x: int, y: int) -> None:
        """Put one item of the hand into an entity."""
        assert self.player.cursor is not None
        thing = self._at(x, y)
        if CALLS["LuaControl", "insert"](self._game, thing, {"name": self.player.cursor[0], "count": 1}):
            self._use()
            self._tell("on_player_dropped_item_into_entity", entity=entity_ref(thing))

    # Things

    def walk(self, direction: int, ticks: int) -> None:
        """Hold a key for so many ticks."""
        for _ in range(ticks):
            self._body().walking = self._body().facing = direction
            self._game.busy[self.player.thing] = None
            self._server.tick()
        self._body().walking = None

    def mine(self, x: int, y: int, ticks: int) -> None:
        """Hold the mouse on something for so many ticks."""
        body = self._body()
        body.selected, body.mining, body.progress = self._at(x, y).id, True, 0.0
        self._game.busy[self.player.thing] = None
        self._server.tick(ticks)
        body.mining = False

    def rotate(self, x: int, y: int, reverse: bool = False) -> None:
        """Turn something."""
        thing = self._at(x, y)
        before = thing.direction
        if CALLS["LuaEntity", "rotate"](self._game, thing, reverse=reverse):
            self._tell("on_player_rotated_entity", entity=entity_ref(thing), previous_direction=before)

    def craft(self, recipe: str, count: int = 1) -> None:
        """Put crafts into the queue."""
        before = self._body().inventory.contents()
        if CALLS["LuaControl", "begin_crafting"](self._game, self.character, recipe=recipe, count=count):
            now = self._body().inventory.contents()
            used = {name: held - now.get(name, 0) for name, held in before.items() if held > now.get(name, 0)}
            made = Ref("LuaRecipe", f"{self.character.force}:{recipe}")
            self._tell("on_player_main_inventory_changed")
            self._tell(
                "on_pre_player_crafted_item", recipe=made, queued_count=count,
                items=buffer_of(self._game, self.character, used),
            )  # fmt: skip

    # Windows and transfers

    def open(self, x: int, y: int) -> None:
        """Open something's window."""
        self._opened = self._at(x, y)
        kind = self._game.api.defines["gui_type"]["entity"]
        self._tell("on_gui_opened", entity=entity_ref(self._opened), gui_type=kind)

    def close(self) -> None:
        """Close the window."""
        assert self._opened is not None
        kind = self._game.api.defines["gui_type"]["entity"]
        self._tell("on_gui_closed", entity=entity_ref(self._opened), gui_type=kind)
        self._opened = None

    def choose_recipe(self, recipe: str) -> None:
        """Choose a recipe in the window; what the machine held comes back."""
        assert self._opened is not None
        for stack in CALLS["LuaEntity", "set_recipe"](self._game, self._opened, recipe):
            self._body().inventory.insert(stack["name"], stack["count"])
        self._tell("on_player_main_inventory_changed")

    def put(self, item: str, count: int) -> int:
        """Move items into what is open; how many found room."""
        assert self._opened is not None
        held = self._body().inventory.remove(item, count)
        moved = int(CALLS["LuaControl", "insert"](self._game, self._opened, {"name": item, "count": held}))
        self._body().inventory.insert(item, held - moved)
        self._tell("on_player_main_inventory_changed")
        return moved

    def take(self, item: str, count: int) -> int:
        """Move items out of what is open; how many were there."""
        assert self._opened is not None
        moved = int(CALLS["LuaControl", "remove_item"](self._game, self._opened, {"name": item, "count": count}))
        self._body().inventory.insert(item, moved)
        self._tell("on_player_main_inventory_changed")
        return moved

    def grab(self, x: int, y: int) -> None:
        """Take all that a machine has made, or a chest holds, by Ctrl and a click."""
        thing = self._at(x, y)
        for role in ("output", "chest"):
            holder = make_holder(self._game, thing, role) if role in roles_of(thing) else None
            for name, count in holder.contents().items() if holder is not None else ():
                self._body().inventory.insert(name, holder.remove(name, count) if holder is not None else 0)
        self._tell("on_player_main_inventory_changed")
        self._tell("on_player_fast_transferred", entity=entity_ref(thing), from_player=False, is_split=False)
