"""Exchange strings <-> Factory: reading strings, books, files and folders of any game version, and writing them."""

from factorion_cli.blueprints.blocks import Block, input_blocks, read_block, read_prints
from factorion_cli.blueprints.encoding import encode, encode_book
from factorion_cli.blueprints.exchange import decode
from factorion_cli.blueprints.inputs import as_factory, read_factories_any
from factorion_cli.blueprints.places import require_inputs
from factorion_cli.blueprints.reader import print_of
from factorion_cli.blueprints.records import Print, Unreadable
from factorion_cli.blueprints.tiling import to_factory, without_mods

__all__ = [
    "Block",
    "Print",
    "Unreadable",
    "as_factory",
    "decode",
    "encode",
    "encode_book",
    "input_blocks",
    "print_of",
    "read_block",
    "read_factories_any",
    "read_prints",
    "require_inputs",
    "to_factory",
    "without_mods",
]
