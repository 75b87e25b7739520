"""Exchange strings <-> Factory: reading strings, books, files and folders of any game version, and writing them."""

from factorion_cli.blueprints.encoding import encode, encode_book
from factorion_cli.blueprints.exchange import decode
from factorion_cli.blueprints.inputs import as_factory, read_factories_any
from factorion_cli.blueprints.reader import read_prints
from factorion_cli.blueprints.records import Print, Unreadable
from factorion_cli.blueprints.tiling import to_factory

__all__ = [
    "Print",
    "Unreadable",
    "as_factory",
    "decode",
    "encode",
    "encode_book",
    "read_factories_any",
    "read_prints",
    "to_factory",
]
