"""Labs made ready for the kernels: machines that turn science packs into units of research.

A factory names no technology, so a lab researches with one of every kind of pack that can reach it.
"""

from __future__ import annotations

from collections import deque
from fractions import Fraction
from functools import lru_cache

from factorion_cli.factory import Entity, Factory
from factorion_cli.prototypes import load_table
from factorion_cli.simulation import crafting, decisions
from factorion_cli.simulation.crafting import Plan, PlannedInput
from factorion_cli.simulation.wiring import Wiring

Stop = tuple[str, int]
"""Somewhere a pack may be: a belt node, or the entity or endpoint of that index."""


def _packs(factory: Factory) -> list[str]:
    """Every science pack that a source or recipe of the factory gives, sorted."""
    taken = {name for entity in factory.entities for name in _inputs(entity)}
    given = {source.item for source in factory.sources}
    for entity in factory.entities:
        recipe = load_table().recipes.get(entity.recipe or "")
        given.update(part.name for part in recipe.products if not part.fluid) if recipe is not None else None
    return sorted(taken & given)


def _inputs(entity: Entity) -> tuple[str, ...]:
    lab = entity.prototype.lab
    return () if lab is None else lab.inputs


def _starts(factory: Factory, wiring: Wiring, pack: str) -> set[Stop]:
    """Where a pack comes from."""
    starts: set[Stop] = {("belt", index) for index, node in enumerate(wiring.nodes) if pack in node.items}
    starts |= {("chest-source", index) for index, source in enumerate(factory.sources) if source.item == pack}
    for index, entity in enumerate(factory.entities):
        recipe = load_table().recipes.get(entity.recipe or "")
        if recipe is not None and any(part.name == pack for part in recipe.products):
            starts.add(("machine", index))
    return starts


def _ways(factory: Factory, wiring: Wiring, pack: str) -> dict[Stop, list[Stop]]:
    """From where to where a pack may go: along belts, by arms whose filters let it through, by loaders."""
    ways: dict[Stop, list[Stop]] = {}
    for feed in wiring.feeds:
        ways.setdefault(("belt", feed.node), []).append(("belt", feed.to_node))
    for index, node in enumerate(wiring.nodes):
        if node.kind == "splitter" and node.partner >= 0:
            ways.setdefault(("belt", index), []).append(("belt", node.partner))
    for arm in (*wiring.arms, *wiring.loaders):
        filters = factory.entities[arm.entity].filters
        if arm.pickup is not None and arm.drop is not None and (not filters or pack in filters):
            ways.setdefault((arm.pickup.kind, arm.pickup.index), []).append((arm.drop.kind, arm.drop.index))
    return ways


def packs_in_reach(factory: Factory, wiring: Wiring) -> dict[int, tuple[str, ...]]:
    """For each lab (by entity), the packs that can get there, sorted."""
    found: dict[int, list[str]] = {index: [] for index, entity in enumerate(factory.entities) if _inputs(entity)}
    for pack in _packs(factory) if found else ():
        ways = _ways(factory, wiring, pack)
        seen = _starts(factory, wiring, pack)
        waiting = deque(sorted(seen))
        while waiting:
            for stop in ways.get(waiting.popleft(), []):
                passes = stop[0] != "machine" or stop[1] in found
                if passes and stop not in seen:
                    seen.add(stop)
                    waiting.append(stop)
        for index, packs in found.items():
            if ("machine", index) in seen and pack in _inputs(factory.entities[index]):
                packs.append(pack)
    return {index: tuple(packs) for index, packs in found.items()}


def lab_plans(
    factory: Factory, entity: Entity, beacons: crafting.Beacons, packs: tuple[str, ...], share: Fraction
) -> tuple[Plan, ...]:
    """The plan of a lab with these packs at this share of its power; () without any pack."""
    lab = entity.prototype.lab
    assert lab is not None
    if not packs:
        return ()
    effects = crafting.effects_on(entity, beacons, lab.uses_modules, lab.uses_beacons)
    modifier = crafting.exact(factory.research.get("laboratory_speed_modifier", 0))
    speed = crafting.exact(lab.researching_speed) * crafting.quality_factor(entity.quality)
    speed *= crafting.speed_factor(crafting.Effects(effects.speed + modifier))
    unit = crafting.exact(factory.research.get("research_unit_seconds", decisions.RESEARCH_UNIT_SECONDS))
    drain = Fraction(lab.drain_percent * decisions.PACK_DRAIN_PERCENT.get(entity.quality, 100), 10_000)
    return (_plan(packs, speed, unit / drain, share),)


@lru_cache(maxsize=1024)
def _plan(packs: tuple[str, ...], speed: Fraction, time: Fraction, share: Fraction) -> Plan:
    """One pack of each kind in `time` seconds at speed 1; a pack that lasts longer does so in one longer craft."""
    ticks = 60 * time / (speed * share) if share > 0 else Fraction(1)
    limit = crafting.overload_of(speed, time)
    return Plan(
        recipe="research",
        work=ticks.numerator,
        rate=ticks.denominator if share > 0 else 0,
        bonus=0,
        bonus_full=1,
        inputs=tuple(PlannedInput(pack, 1, limit, fluid=False) for pack in packs),
        outputs=(),
    )
