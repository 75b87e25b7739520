"""Which entities have power: supply areas of poles, or everything."""

from __future__ import annotations

from fractions import Fraction

from factorion_cli.errors import SimulationError
from factorion_cli.factory import Entity, Factory


def satisfaction(factory: Factory) -> Fraction:
    """Share of full power that electric entities get; raises SimulationError for modes that need a power network."""
    if factory.power.mode == "network":
        raise SimulationError(
            f"{factory.id}: power mode 'network' (generators and consumers) is not simulated yet; "
            "use unlimited, poles or satisfaction"
        )
    if factory.power.mode == "satisfaction":
        return Fraction(repr(factory.power.value)).limit_denominator(1_000_000)
    return Fraction(1)


def _supplied_tiles(factory: Factory) -> set[tuple[int, int]]:
    """Tiles in the supply area of any pole; every pole is energised."""
    tiles: set[tuple[int, int]] = set()
    for entity in factory.entities:
        pole = entity.prototype.pole
        if pole is None:
            continue
        width, height = entity.size
        # Doubled coordinates keep half tiles whole: a tile is touched when any of it lies inside.
        reach = round(2 * pole.supply_area_distance)
        left, top = 2 * entity.x + width - reach, 2 * entity.y + height - reach
        right, bottom = 2 * entity.x + width + reach, 2 * entity.y + height + reach
        tiles.update((x, y) for y in range(top // 2, (bottom + 1) // 2) for x in range(left // 2, (right + 1) // 2))
    return tiles


def powered(factory: Factory) -> list[bool]:
    """For each entity, whether it can work: all but electric ones out of every pole's reach."""
    if factory.power.mode != "poles":
        return [True] * len(factory.entities)
    supplied = _supplied_tiles(factory)

    def works(entity: Entity) -> bool:
        return not entity.prototype.electric or any(tile in supplied for tile in entity.tiles())

    return [works(entity) for entity in factory.entities]
