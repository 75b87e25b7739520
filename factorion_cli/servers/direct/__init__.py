"""The embedded game played without Lua and without a wire: the mod's observations at many times its speed."""

from factorion_cli.servers.direct.game import DirectGame

__all__ = ["DirectGame"]
