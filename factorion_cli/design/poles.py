"""What poles give power to and how they hang together, by the game's rules; nothing of the search's is taken over."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from factorion_cli.factory import Entity, Factory


def unpowered(factory: Factory) -> Iterator[str]:
    """Electric consumers outside of the poles' areas, and poles that are not wired to the others, where that counts."""
    if factory.power.mode != "poles":
        return
    served = _served(factory)
    lit = set[int]().union(*served.values())
    for number, entity in enumerate(factory.entities):
        if entity.prototype.electric and number not in lit:
            yield f"{entity.name} at {entity.x},{entity.y} has no power"
    if apart := len(served) - len(_joined(factory, served)):
        yield f"{apart} poles are not wired to the others"


def without_spares(factory: Factory, standing: int) -> Factory:
    """Less every pole from `standing` on without which everything still has power."""
    served = dict(_served(factory))
    givers = [sum(number in found for found in served.values()) for number in range(len(factory.entities))]
    spares = []
    for pole in sorted(served, key=lambda number: len(served[number])):
        others = served.keys() - {pole}
        needed = any(givers[number] == 1 for number in served[pole])
        if pole < standing or needed or len(_joined(factory, others)) < len(others):
            continue
        for number in served.pop(pole):
            givers[number] -= 1
        spares.append(pole)
    return factory.without(spares) if spares else factory


def _served(factory: Factory) -> Mapping[int, set[int]]:
    """The electric consumers that each pole gives power to, by index."""
    at = {tile: number for number, entity in enumerate(factory.entities) for tile in entity.tiles()}
    return {
        number: {found for tile in _area(pole) if (found := at.get(tile)) is not None and _draws(factory, found)}
        for number, pole in enumerate(factory.entities)
        if pole.prototype.pole is not None
    }


def _draws(factory: Factory, number: int) -> bool:
    return factory.entities[number].prototype.electric


def _joined(factory: Factory, poles: Collection[int]) -> list[int]:
    """The poles that hang together with the first of them."""
    joined = sorted(poles)[:1]
    left = set(poles).difference(joined)
    for pole in joined:
        near = [other for other in left if _wired(factory.entities[pole], factory.entities[other])]
        left.difference_update(near)
        joined += near
    return joined


def _centre(pole: Entity) -> tuple[float, float]:
    width, height = pole.size
    return pole.x + width / 2, pole.y + height / 2


def _area(pole: Entity) -> Iterator[tuple[int, int]]:
    data = pole.prototype.pole
    assert data is not None
    x, y = _centre(pole)
    reach = data.supply_area_distance
    for row in range(round(y - reach), round(y + reach)):
        for column in range(round(x - reach), round(x + reach)):
            yield column, row


def _wired(one: Entity, other: Entity) -> bool:
    data, others = one.prototype.pole, other.prototype.pole
    assert data is not None
    assert others is not None
    (x, y), (u, v) = _centre(one), _centre(other)
    return (x - u) ** 2 + (y - v) ** 2 <= min(data.wire_reach, others.wire_reach) ** 2
