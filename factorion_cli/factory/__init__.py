"""The static model: Entity, Factory, endpoints, geometry, placement rules, and their text, array and picture forms."""

from factorion_cli.factory.entity import Entity, Sink, Source
from factorion_cli.factory.factory import Factory, Power, Resource
from factorion_cli.factory.files import (
    entity_to_json,
    factory_from_json,
    factory_to_json,
    parse_factories,
    read_factories,
    write_factories,
)

__all__ = [
    "Entity",
    "Factory",
    "Power",
    "Resource",
    "Sink",
    "Source",
    "entity_to_json",
    "factory_from_json",
    "factory_to_json",
    "parse_factories",
    "read_factories",
    "write_factories",
]
