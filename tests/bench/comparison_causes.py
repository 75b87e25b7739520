"""What a factory has in it, in words: disagreements of two engines are counted by these."""

from __future__ import annotations

import re
from collections.abc import Iterator

from factorion_cli.factory import Entity, Factory
from factorion_cli.prototypes import load_table
from factorion_cli.simulation.wiring import Wiring, wire

_BELTS = {"transport-belt", "underground-belt", "splitter"}


def traits(factory: Factory) -> set[str]:
    """Every trait of the factory, such as "splitter with filter" or "two items on one belt"."""
    found = {trait for entity in factory.entities for trait in _of_entity(entity)}
    found |= {f"power {factory.power.mode}"} - {"power unlimited"}
    found |= {f"{source.kind} source" for source in factory.sources}
    found |= {"half-full source" for source in factory.sources if source.lanes != "both"}
    found |= {f"{sink.kind} sink" for sink in factory.sinks}
    if len({entity.prototype.belt.speed_subtiles for entity in factory.entities if entity.prototype.belt}) > 1:
        found.add("belts of several tiers")
    found |= set(_of_wiring(factory, wire(factory)))
    if len(factory.entities) > 100:
        found.add("over 100 entities")
    return found


def _of_entity(entity: Entity) -> Iterator[str]:
    prototype = entity.prototype
    if prototype.inserter is not None:
        yield entity.name
        if (entity.stack_size or prototype.inserter.base_hand) > 1:
            yield "arm with a hand of several"
        if entity.filters:
            yield "arm with filter"
    elif prototype.type in _BELTS:
        if prototype.type != "transport-belt":
            yield prototype.type
        if entity.filter is not None:
            yield "splitter with filter"
        if entity.input_priority is not None:
            yield "splitter with input priority"
        if entity.output_priority is not None:
            yield "splitter with output priority"
    elif prototype.machine is not None:
        yield from _of_machine(entity)
    else:
        yield prototype.type
    if entity.quality != "normal":
        yield "quality"


def _of_machine(entity: Entity) -> Iterator[str]:
    machine = entity.prototype.machine
    assert machine is not None
    yield entity.name
    if machine.burner and entity.fuel != "unlimited":
        yield "fuel by arm"
    if any(name.startswith("productivity") for name in entity.modules) or machine.base_productivity:
        yield "productivity"
    if entity.modules:
        yield "modules"
    if machine.furnace and entity.recipe is None:
        yield "furnace that chooses"
    recipe = load_table().recipes.get(entity.recipe or "")
    if recipe is not None:
        if sum(not part.fluid for part in recipe.products) > 1:
            yield "several solid products"
        if {part.name for part in recipe.products} & {part.name for part in recipe.ingredients}:
            yield "catalyst"
        if any(part.probability < 1 for part in recipe.products):
            yield "product by chance"


def _of_wiring(factory: Factory, wiring: Wiring) -> Iterator[str]:
    if any(feed.entry != 0 for feed in wiring.feeds):
        yield "side-load"
    for arm in wiring.arms:
        kinds = (arm.pickup and arm.pickup.kind, arm.drop and arm.drop.kind)
        if kinds == ("machine", "machine"):
            yield "machine to machine"
        if kinds == ("belt", "belt"):
            yield "belt to belt by arm"
        if "chest" in kinds:
            yield "arm at a finite chest"
        if None in kinds:
            yield "arm with a loose end"
    if any(left is not None and right is not None and left != right for left, right in _source_items(wiring)):
        yield "source of two items"
    if len({source.item for source in factory.sources if source.kind == "belt"}) > 1:
        yield "several items on belts"
    if _has_loop(wiring):
        yield "belt loop"


def _source_items(wiring: Wiring) -> Iterator[tuple[str | None, str | None]]:
    return (node.items for node in wiring.nodes if node.kind == "source")


def _has_loop(wiring: Wiring) -> bool:
    """Whether items can come back to where they were by belts alone."""
    ahead: dict[int, set[int]] = {}
    for feed in wiring.feeds:
        ahead.setdefault(feed.node, set()).add(feed.to_node)
        partner = wiring.nodes[feed.node].partner
        if wiring.nodes[feed.node].kind == "splitter":
            ahead.setdefault(partner, set()).add(feed.to_node)
    waiting = dict.fromkeys(range(len(wiring.nodes)), 0)
    for targets in ahead.values():
        for target in targets:
            waiting[target] += 1
    ready = [node for node, count in waiting.items() if count == 0]
    for node in ready:
        for target in ahead.get(node, ()):
            waiting[target] -= 1
            if waiting[target] == 0:
                ready.append(target)
    return len(ready) < len(wiring.nodes)


def bottleneck_kind(sentence: str | None) -> str:
    """The first limit that a simulation names, without places, names and figures."""
    first = (sentence or "nothing limits").split(";")[0]
    first = re.sub(r"\([-\d, ]+\)|\b[SK]\d+\b|\d[\d./%]*", "_", first)
    return " ".join(first.split()[:7])
