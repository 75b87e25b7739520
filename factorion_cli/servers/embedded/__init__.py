"""The embedded server: real Lua 5.2 runs the mod against a strict emulation of the game's runtime API over the World.

What it refuses is as important as what it does: an unknown member, a write to what is read-only, an argument that the
call does not have, a member of another kind of entity and an object that is gone raise in Lua as the game does, by the
committed tables of 2.0 and 2.1. A member that the game has and this server has not raises too, and says so.
"""

from factorion_cli.servers.embedded.server import EmbeddedServer

__all__ = ["EmbeddedServer"]
