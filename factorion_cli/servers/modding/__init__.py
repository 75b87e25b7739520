"""The mod's folder: packed for the game's versions, installed, and checked against the runtime API."""

from factorion_cli.servers.modding.checking import Finding, check
from factorion_cli.servers.modding.installing import default_mods_folder, install, installed_version
from factorion_cli.servers.modding.packing import pack, packed, write_whole
from factorion_cli.servers.modding.tree import ModInfo, mod_files, mod_folder, mod_info

__all__ = [
    "Finding",
    "ModInfo",
    "check",
    "default_mods_folder",
    "install",
    "installed_version",
    "mod_files",
    "mod_folder",
    "mod_info",
    "pack",
    "packed",
    "write_whole",
]
