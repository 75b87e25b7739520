"""Which entities have power: supply areas of poles, networks of poles within wire reach, or everything."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from factorion_cli.factory import Entity, Factory
from factorion_cli.prototypes import load_table

Tile = tuple[int, int]


def satisfaction(factory: Factory) -> Fraction:
    """Share of full power that electric entities get; 1 where the tick loop works it out (mode "network")."""
    if factory.power.mode == "satisfaction":
        return Fraction(repr(factory.power.value)).limit_denominator(1_000_000)
    return Fraction(1)


def _poles(factory: Factory) -> list[Entity]:
    """All poles in canonical order."""
    poles = (entity for entity in factory.entities if entity.prototype.pole is not None)
    return sorted(poles, key=lambda entity: (entity.y, entity.x))


def supply_area(pole: Entity) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the tiles that a pole's supply area touches; right and bottom lie outside."""
    data = pole.prototype.pole
    assert data is not None
    width, height = pole.size
    # Doubled coordinates keep half tiles whole: a tile is touched when any of it lies inside.
    reach = round(2 * data.supply_area_distance)
    left, top = 2 * pole.x + width - reach, 2 * pole.y + height - reach
    right, bottom = 2 * pole.x + width + reach, 2 * pole.y + height + reach
    return left // 2, top // 2, (right + 1) // 2, (bottom + 1) // 2


def _wired(first: Entity, second: Entity) -> bool:
    """Whether a wire reaches from pole to pole: centre to centre, as far as the shorter of the two reaches."""
    if first.prototype.pole is None or second.prototype.pole is None:
        return False
    reach = round(4 * min(first.prototype.pole.wire_reach, second.prototype.pole.wire_reach) ** 2)
    (width, height), (other_width, other_height) = first.size, second.size
    across = (2 * first.x + width) - (2 * second.x + other_width)
    down = (2 * first.y + height) - (2 * second.y + other_height)
    return across * across + down * down <= reach


def pole_networks(poles: list[Entity]) -> list[int]:
    """The network of each pole: poles within reach of each other are wired (see decisions.WIRES)."""
    network = [-1] * len(poles)
    cell = 64
    cells: dict[Tile, list[int]] = {}
    for index, pole in enumerate(poles):
        cells.setdefault((pole.x // cell, pole.y // cell), []).append(index)
    count = 0
    for start in range(len(poles)):
        if network[start] >= 0:
            continue
        network[start], waiting = count, [start]
        while waiting:
            here = poles[waiting.pop()]
            column, row = here.x // cell, here.y // cell
            for key in ((column + dx, row + dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1)):
                for other in cells.get(key, ()):
                    if network[other] < 0 and _wired(here, poles[other]):
                        network[other] = count
                        waiting.append(other)
        count += 1
    return network


def _supplied_tiles(poles: list[Entity], network: list[int]) -> dict[Tile, frozenset[int]]:
    """The networks that supply each tile."""
    alone = {number: frozenset({number}) for number in network}
    tiles: dict[Tile, frozenset[int]] = {}
    for pole, number in zip(poles, network, strict=True):
        left, top, right, bottom = supply_area(pole)
        for tile in ((x, y) for y in range(top, bottom) for x in range(left, right)):
            known = tiles.get(tile)
            if known is None:
                tiles[tile] = alone[number]
            elif number not in known:
                tiles[tile] = known | alone[number]
    return tiles


def _peak_w(entity: Entity) -> float:
    """What an entity can produce at most."""
    solar, generator = entity.prototype.solar, entity.prototype.generator
    if solar is not None:
        return solar.power_w
    if generator is None:
        return 0
    steam = load_table().fluids["steam"]
    return generator.units_per_tick * 60 * steam.heat_capacity_j * (generator.maximum_temperature - 15)


def networks(factory: Factory) -> list[int]:
    """For each entity, the number of the network that it is connected to; -1 for none.

    Of several it takes the one that can produce most, then the first in canonical order.
    """
    if factory.power.mode not in ("poles", "network"):
        return [-1] * len(factory.entities)
    poles = _poles(factory)
    # In mode "poles" every pole is energised, so they may count as one.
    of_pole = pole_networks(poles) if factory.power.mode == "network" else [0] * len(poles)
    supplied = _supplied_tiles(poles, of_pole)
    nothing: frozenset[int] = frozenset()
    reached = [
        nothing.union(*(supplied.get(tile, nothing) for tile in entity.tiles()))
        if entity.prototype.electric
        else nothing
        for entity in factory.entities
    ]
    peak = [0.0] * (max(of_pole, default=-1) + 1)
    for entity, numbers in zip(factory.entities, reached, strict=True):
        for number in numbers:
            peak[number] += _peak_w(entity)
    return [min(numbers, key=lambda number: (-peak[number], number), default=-1) for numbers in reached]


def _lit_tiles(factory: Factory) -> set[Tile]:
    """The tiles in reach of any pole."""
    tiles: set[Tile] = set()
    for pole in _poles(factory):
        left, top, right, bottom = supply_area(pole)
        tiles.update(product(range(left, right), range(top, bottom)))
    return tiles


def powered(factory: Factory) -> list[bool]:
    """For each entity, whether it can work: all but electric ones out of every pole's reach."""
    if factory.power.mode not in ("poles", "network"):
        return [True] * len(factory.entities)
    if factory.power.mode == "poles":
        lit = _lit_tiles(factory)
        return [not (entity.prototype.electric and lit.isdisjoint(entity.tiles())) for entity in factory.entities]
    connected = networks(factory)
    return [
        number >= 0 or not entity.prototype.electric for number, entity in zip(connected, factory.entities, strict=True)
    ]
