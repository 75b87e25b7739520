"""Source RCON as Factorio speaks it: packets, a client, and the server that stands before an embedded game."""

from factorion_cli.servers.rcon.client import RconClient
from factorion_cli.servers.rcon.packets import Packet
from factorion_cli.servers.rcon.server import RconServer

__all__ = ["Packet", "RconClient", "RconServer"]
