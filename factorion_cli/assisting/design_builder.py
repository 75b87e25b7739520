"""The expert as a builder: a whole factory between the sources and sinks of a region, poles included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from factorion_cli.assisting.builders import LEAST_RATE, Proposal, found_nothing
from factorion_cli.assisting.counter import Site
from factorion_cli.design import design
from factorion_cli.errors import FactoryError
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.factory import Power
from factorion_cli.simulation import throughput
from factorion_cli.tasks.demonstrations import building_order
from factorion_cli.tasks.markers import TASK_KEY, marker_task


@dataclass(frozen=True, slots=True)
class DesignBuilder:
    """Builds what `factorion_cli.design` finds.

    Attributes:
        seconds: wall time for the search.
        allowed: names of entities that may be built, or of sets of them: "basic", "all".
        seed: of the search.
    """

    seconds: float = 10.0
    allowed: Sequence[str] = ("basic",)
    seed: int = 0

    def propose(self, site: Site) -> Proposal:
        """See the class; machines come first, then arms, belts along their flow, poles."""
        given = dict(site.factory.metadata.get(TASK_KEY) or {})
        # The player's land has power only where poles bring it.
        asked = replace(
            site.factory,
            power=Power("poles"),
            metadata={TASK_KEY: {**given, "allowed": list(self.allowed)}},
        )
        try:
            task = marker_task(asked)
            found = design(task, seconds=self.seconds, seed=self.seed)
        except FactoryError as error:
            return Proposal((), 0.0, 0.0, _in_words(site, error))
        before = throughput([asked])[0].throughput
        if found.factory is None:
            return Proposal((), before, before, found.reason)
        if found.throughput <= before + LEAST_RATE:
            return found_nothing(before)
        return Proposal(self._ordered(found.factory, asked), found.throughput, before)

    def _ordered(self, factory: Factory, start: Factory) -> tuple[Entity, ...]:
        standing = set(start.entities)
        missing = [index for index, entity in enumerate(factory.entities) if entity not in standing]
        order, _ = building_order(factory, missing, np.random.default_rng(self.seed))
        return tuple(factory.entities[index] for index in order)


def _in_words(site: Site, error: FactoryError) -> str:
    """What a player can do about a region that is no task."""
    if not site.factory.sources or not site.factory.sinks:
        return "place at least one source and one sink in the region"
    if any(sink.item is None for sink in site.factory.sinks):
        return "say what is wanted at each sink: point at it and press Ctrl+Shift+I"
    return str(error)
