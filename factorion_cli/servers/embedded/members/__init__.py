"""What the members of the game's classes do, one file for each family of classes.

Importing the room registers them; `lookup` finds them. A member that the API has and the room has not raises by name.
"""

from factorion_cli.servers.embedded.members import (
    bodies,
    drawings,
    entities,
    forces,
    games,
    inventories,
    lines,
    players,
    prototypes,
    settings,
    surfaces,
    windows,
)
from factorion_cli.servers.embedded.members.registry import CALLS, INDICES, KEYS, LENGTHS, READS, WRITES

__all__ = [
    "CALLS",
    "INDICES",
    "KEYS",
    "LENGTHS",
    "READS",
    "WRITES",
    "bodies",
    "drawings",
    "entities",
    "forces",
    "games",
    "inventories",
    "lines",
    "players",
    "prototypes",
    "settings",
    "surfaces",
    "windows",
]
