"""What a factory must be to be simulated at all, and which of its names the game does not know.

A factory that could not stand in the game is an error. A name that vanilla does not have (a mod's module, an unknown
recipe) only does nothing, and is listed as not simulated.
"""

from __future__ import annotations

from factorion_cli.errors import SimulationError
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.modules import module_parts
from factorion_cli.prototypes import load_table
from factorion_cli.simulation import decisions

Tile = tuple[int, int]

_MAKES_NOTHING = frozenset({"transport-belt", "underground-belt", "splitter", "inserter", "electric-pole", "pipe"})


def check(factory: Factory) -> None:
    """Raises SimulationError naming the first thing that could not stand so, and what to do about it."""
    _check_ids(factory)
    at = _owners(factory)
    _check_places(factory, at)
    for sink in factory.sinks:
        if sink.kind == "output":
            _check_counter(factory, sink, at)


def _fail(factory: Factory, problem: str) -> None:
    raise SimulationError(f"{factory.id}: {problem}")


def _check_ids(factory: Factory) -> None:
    sources, sinks = [source.id for source in factory.sources], [sink.id for sink in factory.sinks]
    for kind, ids in (("sources", sources), ("sinks", sinks)):
        if len(set(ids)) < len(ids):
            twice = next(name for name in ids if ids.count(name) > 1)
            _fail(factory, f"two {kind} are called {twice!r}; give each an id of its own")
    belts: list[Source | Sink] = [*factory.sources, *factory.sinks]
    for endpoint in belts:
        if endpoint.kind == "belt" and not _is_belt(endpoint.belt):
            _fail(
                factory, f"the belt of endpoint {endpoint.id} is {endpoint.belt!r}, expected one such as transport-belt"
            )


def _is_belt(name: str) -> bool:
    known = load_table().entities.get(name)
    return known is not None and known.type == "transport-belt"


def _owners(factory: Factory) -> dict[Tile, int]:
    """Whose tile it is; raises for entities that overlap."""
    at: dict[Tile, int] = {}
    table = load_table()
    for index, entity in enumerate(factory.entities):
        if entity.name not in table.entities:
            version = table.game_version
            _fail(
                factory, f"entity {index} is called {_name(entity)}, which vanilla {version} does not have; take it out"
            )
        if entity.count > 1:
            continue
        for tile in entity.tiles():
            other = at.setdefault(tile, index)
            if other != index:
                _fail(factory, f"entity {index} ({_name(entity)}) overlaps {_name(factory.entities[other])}; move one")
    return at


def _name(entity: Entity) -> str:
    return f"{entity.name} at {entity.x},{entity.y}"


def _check_places(factory: Factory, at: dict[Tile, int]) -> None:
    standing: dict[Tile, Source | Sink] = {}
    endpoints: list[Source | Sink] = [*factory.sources, *factory.sinks]
    for endpoint in endpoints:
        tile = (endpoint.x, endpoint.y)
        if endpoint.kind == "output":
            continue
        if tile in at:
            _fail(factory, f"endpoint {endpoint.id} stands on {_name(factory.entities[at[tile]])}; move one")
        other = standing.setdefault(tile, endpoint)
        if other is not endpoint and not _share(other, endpoint):
            _fail(factory, f"endpoints {other.id} and {endpoint.id} both stand at {endpoint.x},{endpoint.y}; move one")


def _share(one: Source | Sink, other: Source | Sink) -> bool:
    """Whether two endpoints may stand on one tile: belt sources of one make, each with its own lane."""
    if not isinstance(one, Source) or not isinstance(other, Source) or one.kind != "belt":
        return False
    alike = (one.kind, one.direction, one.belt) == (other.kind, other.direction, other.belt)
    return alike and {one.lanes, other.lanes} == {"left", "right"}


def _check_counter(factory: Factory, sink: Sink, at: dict[Tile, int]) -> None:
    found = [factory.entities[at[sink.of]]] if sink.of in at else []
    # Entities that stand for several are on no tile of their own.
    found += [entity for entity in factory.entities if entity.count > 1]
    if not any((entity.x, entity.y) == sink.of and entity.prototype.type not in _MAKES_NOTHING for entity in found):
        place = "nowhere" if sink.of is None else f"{sink.of[0]},{sink.of[1]}"
        _fail(factory, f"sink {sink.id} counts what a machine at {place} makes, but none has its top-left tile there")


def unknown_names(factory: Factory) -> set[str]:
    """What vanilla does not have or a machine cannot do, each with its kind: such things have no effect."""
    table = load_table()
    found: set[str] = set()
    for entity in factory.entities:
        if entity.recipe is not None and not can_make(entity.name, entity.recipe):
            found.add(f"recipe {entity.recipe} in {entity.name}")
        for written in (*entity.modules, *(name for modules in entity.beacons for name in modules)):
            name, quality = module_parts(written)
            if name != "beacon" and (name not in table.items or table.items[name].module is None):
                found.add(f"module {name}")
            if quality not in decisions.QUALITY_LEVELS:
                found.add(f"quality {quality}")
        if entity.quality not in decisions.QUALITY_LEVELS:
            found.add(f"quality {entity.quality}")
        if entity.fuel is not None and entity.fuel != "unlimited" and entity.fuel not in table.items:
            found.add(f"fuel {entity.fuel}")
        filters = (*entity.filters, *((entity.filter,) if entity.filter is not None else ()))
        found.update(f"filter {name}" for name in filters if name not in table.items and name not in table.fluids)
    found.update(f"item {source.item}" for source in factory.sources if source.item not in table.items)
    return found


def can_make(name: str, recipe: str) -> bool:
    """Whether an entity could be set to a recipe; what is no crafting machine takes none, which harms nobody."""
    table = load_table()
    machine = table.entity(name).machine
    if machine is None:
        return True
    known = table.recipes.get(recipe)
    return known is not None and bool(set(known.categories) & set(machine.categories))
