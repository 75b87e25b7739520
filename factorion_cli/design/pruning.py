"""What a design does not need is taken out again: what leads nowhere, what has nothing to do, and poles in excess."""

from __future__ import annotations

from dataclasses import replace

from factorion_cli.design.poles import without_spares
from factorion_cli.design.traffic import Traffic
from factorion_cli.factory import Factory
from factorion_cli.simulation import SimulationResult
from factorion_cli.simulation.wiring import wire
from factorion_cli.tasks.layout import belt_tier
from factorion_cli.tasks.markers import MarkerTask


def tidy(task: MarkerTask, factory: Factory) -> Factory:
    """A design less all through which nothing can come to a sink, and less spare poles."""
    standing = len(task.factory.entities)
    useful = Traffic(factory).useful()
    factory = factory.with_entities(
        entity
        for number, entity in enumerate(factory.entities)
        if number < standing or number in useful or entity.prototype.pole is not None
    )
    return without_spares(_without_idle_splitters(factory, standing), standing)


def without_resting(task: MarkerTask, factory: Factory, result: SimulationResult) -> Factory:
    """A design less the machines and arms that did nothing while it was measured, and less what was for them alone."""
    standing = len(task.factory.entities)
    resting = [number for number in result.resting if number >= standing]
    return tidy(task, factory.without(resting)) if resting else factory


def _without_idle_splitters(factory: Factory, standing: int) -> Factory:
    """A belt in place of every splitter whose other half neither gets nor gives anything."""
    if all(entity.prototype.type != "splitter" for entity in factory.entities[standing:]):
        return factory
    wiring = wire(factory)
    fed, feeding = {feed.to_node for feed in wiring.feeds}, {feed.node for feed in wiring.feeds}
    reached = {spot.index for arm in wiring.arms for spot in arm[1:] if spot is not None and spot.kind == "belt"}
    entities = list(factory.entities)
    for number, node in enumerate(wiring.nodes):
        if node.kind != "splitter" or node.entity < standing or number not in fed & feeding:
            continue
        if node.partner not in fed | feeding | reached:
            splitter = entities[node.entity]
            entities[node.entity] = replace(splitter, name=belt_tier(splitter.name), x=node.x, y=node.y)
    return factory.with_entities(entities)
