"""The game's runtime API as tables, one for each minor version: what a mod may name, read, write and pass."""

from factorion_cli.servers.api.tables import VERSIONS, ApiClass, ApiTable, Attribute, Method, load_api

__all__ = ["VERSIONS", "ApiClass", "ApiTable", "Attribute", "Method", "load_api"]
