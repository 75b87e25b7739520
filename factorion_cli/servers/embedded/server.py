"""The embedded server: a mod's own Lua over the simulator's World, without the game.

server = EmbeddedServer("mod", version="2.0")
server.command('/ff hello {"proto":[3,3]}')     # what the mod answers by rcon.print
server.tick(60)                                 # a second of game time
kept = server.save()                            # and EmbeddedServer.load(kept, "mod") goes on from there
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from factorion_cli.errors import ServerError
from factorion_cli.servers.api import load_api
from factorion_cli.servers.embedded.game import Game
from factorion_cli.servers.embedded.host import BASE_KEY, GameHost
from factorion_cli.servers.embedded.output import ScriptOutput
from factorion_cli.servers.embedded.sandbox import LuaError, Sandbox
from factorion_cli.servers.embedded.saving import pack_game, unpack_game
from factorion_cli.servers.embedded.source import ModSource
from factorion_cli.servers.embedded.things import Player, Thing
from factorion_cli.servers.embedded.values import ApiError, decoded

KEEPER = "factorion-embedded"
"""Stands among the active mods where the server keeps endpoints itself."""
SEGMENT = 100
"""Bytes of a command that enter the real game per tick (server-settings maximum_segment_size)."""
ONE_PIECE = 50
"""Commands up to so many bytes are not cut (reported by clusterio), and overtake longer ones."""


def message_of(error: Exception) -> str:
    """What the mod or the game said, without Lua's traceback."""
    return decoded(str(error)).partition("\nstack traceback:")[0]


class EmbeddedServer:
    """A running game with one mod in it.

    Args:
        mod: the mod's folder or zip.
        version: "2.0" or "2.1": whose API is enforced.
        reversed_pairs: `pairs` goes through keys backwards.
        latched_walking: one write of walking_state keeps a character walking, instead of one tick; reports of the real
            game differ.
        segmented: commands over 50 bytes take a tick per 100 bytes and are overtaken by short ones, as in a real server
            with the usual settings.
        seed: of the game's random numbers.
        keeps_endpoints: the mod is told (by the name `factorion-embedded` among the active mods) that this server keeps
            the belts of sources full and remembers what sinks took, so that it need not do so every tick.
        script_output: folder for what the mod writes; without it files are kept in `files`.

    Attributes:
        game: the state behind the Lua objects.
        said: what the mod printed and logged.
        files: what the mod wrote, by name, unless there is a folder.
    """

    def __init__(
        self,
        mod: Path | str,
        version: str = "2.0",
        *,
        reversed_pairs: bool = False,
        latched_walking: bool = False,
        segmented: bool = False,
        seed: int = 0,
        keeps_endpoints: bool = True,
        script_output: Path | None = None,
    ) -> None:
        self._start(mod, version, reversed_pairs, latched_walking, segmented, seed, keeps_endpoints, script_output)
        self._in_mod("on_init", self._lua.init)

    def _start(
        self, mod: Path | str, version: str, reversed_pairs: bool, latched_walking: bool, segmented: bool, seed: int,
        keeps_endpoints: bool, script_output: Path | None,
    ) -> None:  # fmt: skip
        """Everything up to the point where a new game and a loaded one part."""
        self.source = ModSource(Path(mod))
        self.api, self.segmented = load_api(version), segmented
        self.game = Game(self.api, latched_walking, seed)
        self.said: list[str] = []
        self._output = ScriptOutput(script_output)
        self.files = self._output.files
        self._waiting: list[tuple[int, int, str]] = []
        self._updates = self._submitted = 0
        self._replies: dict[int, str] = {}
        self.game.active_mods = {"base": self.api.game_version, self.source.name: self.source.version}
        if keeps_endpoints:
            self.game.active_mods[KEEPER] = self.api.game_version
        self.game.mod_name = self.source.name
        self.game.write_file, self.game.remove_path = self._output.write, self._output.remove
        self._lua = Sandbox(GameHost(self.game, self.said), self.api, self.source.text, reversed_pairs)
        self._in_mod("data stage", self._prepare)
        self._in_mod("control.lua", self._lua.control_stage)
        self.game.raise_event, self.game.forget = self._lua.raise_event, self._lua.forget

    def _prepare(self) -> None:
        for prototype in self._lua.data_stage(self.game.active_mods):
            name, base = prototype["name"], prototype.get(BASE_KEY)
            if prototype["type"] == "item":
                self.game.custom_items[name] = prototype.get("place_result") or ""
            elif prototype["type"] == "custom-input":
                self.game.custom_inputs.add(name)
            elif base is not None:
                mask = prototype.get("collision_mask")
                if mask is not None and not list(mask["layers"]):
                    self.game.bodiless.add(name)
                self.game.custom[name] = base

    def _in_mod(self, what: str, step: Any) -> None:
        """Run a part of the mod outside of commands; its errors end a headless server."""
        try:
            step()
        except (LuaError, ApiError) as error:
            raise ServerError(f"the mod {self.source.name} failed in {what}: {message_of(error)}") from error

    # Commands

    def command(self, text: str) -> str:
        """Run a console command and return what it printed.

        With `segmented`, updates pass until it has come in whole.
        """
        ticket = self.submit(text)
        while ticket not in self._replies:
            self.update()
        return self._replies.pop(ticket)

    def submit(self, text: str) -> int:
        """Send a command without waiting; `update` runs what has come in, `reply` gives what it printed."""
        self._submitted += 1
        size = len(text.encode("utf-8", "surrogateescape"))
        if not self.segmented or size <= ONE_PIECE:
            self._replies[self._submitted] = self._run(text)
        else:
            self._waiting.append((self._updates + math.ceil(size / SEGMENT), self._submitted, text))
        return self._submitted

    def reply(self, ticket: int) -> str | None:
        """What a submitted command printed; None while it has not come in."""
        return self._replies.pop(ticket, None)

    def _run(self, text: str) -> str:
        self.game.output.clear()
        if not text.startswith("/"):
            return ""  # said in chat
        name, _, parameter = text[1:].partition(" ")
        try:
            if name in ("sc", "silent-command", "c", "command"):
                self._lua.script(parameter)
            elif name in ("time", "version"):
                self.game.output.append(self.api.game_version if name == "version" else f"{self.game.tick} ticks")
            elif not self._lua.command(name, parameter or None, self.game.tick, None):
                return f'Unknown command "{name}". Use /help to get a list of commands.'
        except (LuaError, ApiError) as error:
            return f"Cannot execute command. Error: {message_of(error)}"
        return "".join(decoded_line + "\n" for decoded_line in self.game.output).rstrip("\n")

    # Time

    def tick(self, ticks: int = 1) -> None:
        """Let so many updates pass: each is a tick of the game unless it is paused and has none to run."""
        if not self._waiting:
            self._advance(ticks)
            return
        for _ in range(ticks):
            self.update()

    def update(self) -> None:
        """One update: commands that have come in, then a tick unless the game is paused."""
        self._updates += 1
        ready = [entry for entry in self._waiting if entry[0] <= self._updates]
        self._waiting = [entry for entry in self._waiting if entry[0] > self._updates]
        for _, ticket, text in ready:
            self._replies[ticket] = self._run(text)
        self._advance(1)

    def _advance(self, updates: int) -> None:
        game, done = self.game, 0
        while done < updates:
            if game.tick_paused and not game.ticks_to_run:
                self._updates += updates - done
                return
            one_by_one = self._listens_each_tick() or game.busy or game.tick_paused
            ticks = 1 if one_by_one else updates - done
            if game.tick_paused:
                game.ticks_to_run -= ticks
            self._in_mod(f"tick {game.tick}", lambda ticks=ticks: game.advance(ticks, self._tick_handler()))
            done += ticks

    def _listens_each_tick(self) -> bool:
        listening = self._lua.listening
        return "nth_tick" in listening or self.api.defines["events"]["on_tick"] in listening

    def _tick_handler(self) -> Any:
        return (lambda: self._lua.tick(self.game.tick)) if self._listens_each_tick() else None

    # People

    def join(self, name: str = "player", position: tuple[float, float] = (0.5, 0.5)) -> Player:
        """Let a player with a character join, as a person with the game would."""
        game, index = self.game, len(self.game.players) + 1
        thing = game.add(game.surfaces[1], "character", (*position, 0), "player")
        thing.player = index
        player = game.players[index] = Player(index, name, thing.id)
        self.raise_event("on_player_created", {"player_index": index})
        self.raise_event("on_player_joined_game", {"player_index": index})
        return player

    def raise_event(self, name: str, fields: Mapping[str, Any]) -> None:
        """Tell the mod of an event of the game, or of a key of its own (a custom input) by name.

        Raises:
            ServerError: the mod failed in its handler; the real game would end.
        """
        known = self.api.events.get("CustomInputEvent" if name in self.game.custom_inputs else name)
        if known is None:
            raise ServerError(f"there is no event {name}, neither of the game nor a key of the mod")
        if not set(fields) <= set(known):
            raise ServerError(f"{name} has no field {', '.join(sorted(set(fields) - set(known)))}")
        self._in_mod(name, lambda: self._lua.raise_event(name, fields))

    def thing_of(self, player: Player) -> Thing:
        """A player's character."""
        return self.game.things[player.thing]

    # Keeping

    def save(self) -> bytes:
        """The whole game as bytes, with the mod's storage.

        Raises:
            ServerError: the mod keeps something that cannot be saved; it is named.
        """
        try:
            storage = self._lua.save()
        except LuaError as error:
            raise ServerError(message_of(error)) from error
        return pack_game(self.game, storage)

    @classmethod
    def load(cls, data: bytes, mod: Path | str, version: str = "2.0", **options: Any) -> EmbeddedServer:
        """A server that goes on from what `save` gave; options are those of a new one."""
        server = cls.__new__(cls)
        defaults: dict[str, Any] = {
            "reversed_pairs": False, "latched_walking": False, "segmented": False, "seed": 0,
            "keeps_endpoints": True, "script_output": None,
        }  # fmt: skip
        server._start(mod, version, **{**defaults, **options})
        storage, mods = unpack_game(server.game, data)
        server._in_mod("on_load", lambda: server._lua.load(storage))
        if mods != server.game.active_mods:
            changes = {"mod_changes": {}, "mod_startup_settings_changed": False, "migration_applied": False}
            server._in_mod("on_configuration_changed", lambda: server._lua.configuration_changed(changes))
        return server
