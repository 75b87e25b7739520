"""A policy as a builder: it plays with what the player carries, and of its steps as many are kept as pay off.

A policy is trained to put down everything it holds. A player holds more than is needed, so each state on the way is
simulated, and the proposal ends where the sinks receive the most, at the first such state.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from factorion_cli.assisting.builders import LEAST_RATE, Proposal, found_nothing
from factorion_cli.assisting.counter import Site
from factorion_cli.environments import ActionMasks, entity_for, observe
from factorion_cli.errors import FactoryError
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.policy import Policy
from factorion_cli.simulation import throughput

MOST_OF_A_KIND = 12
"""Of one entity in the hand: many more than tasks that policies are trained on hold."""
MOST_STEPS = 64
WORTH = 1.005
"""A later state must deliver so many times as much as an earlier one to be preferred."""


@dataclass(frozen=True, slots=True)
class PolicyBuilder:
    """Builds by a policy.

    Attributes:
        policy: decides.
        seed: of its random choices, if it makes any.
    """

    policy: Policy
    seed: int = 0

    def propose(self, site: Site) -> Proposal:
        """See the module."""
        hand = _hand(site)
        if not site.factory.sources or not site.factory.sinks:
            return Proposal((), 0.0, 0.0, "place at least one source and one sink in the region")
        if not hand:
            return Proposal((), 0.0, 0.0, "carry what may be built: nothing in the inventory can be placed here")
        try:
            placed = tuple(self._play(site, hand))
        except FactoryError as error:
            return Proposal((), 0.0, 0.0, str(error))
        return _worthwhile(site.factory, placed)

    def _play(self, site: Site, hand: list[str]) -> Iterator[Entity]:
        """What the policy puts down, until it is done or nothing fits any more."""
        factory, vocabulary, rng = site.factory, default_vocabulary(), np.random.default_rng(self.seed)
        steps = min(MOST_STEPS, len(hand))
        for left in range(steps, 0, -1):
            masks = ActionMasks(factory, hand)
            for x, y in site.blocked:
                masks.occupied[y, x] = True
            action = self.policy.act(observe(factory, hand, left), masks, rng)
            if action.done:
                return
            entity = entity_for(action, vocabulary)
            hand.remove(entity.name)
            factory = factory.adding(entity)
            yield entity


def _hand(site: Site) -> list[str]:
    """Names of what may be placed, one for each piece; what other mods brought is left out."""
    known = set(default_vocabulary().entities)
    counts = {name: min(count, MOST_OF_A_KIND) for name, count in sorted(site.hand.items()) if name in known}
    return [name for name, count in counts.items() for _ in range(count)]


def _worthwhile(start: Factory, placed: tuple[Entity, ...]) -> Proposal:
    states = [start]
    for entity in placed:
        states.append(states[-1].adding(entity))
    results = throughput(states)
    if (problem := results[0].error) is not None:
        return Proposal((), 0.0, 0.0, f"what stands there cannot be simulated: {problem}")
    rates = [result.throughput if result.error is None else 0.0 for result in results]
    best = next(count for count, rate in enumerate(rates) if rate * WORTH >= max(rates))
    if rates[best] < LEAST_RATE or best == 0:
        return found_nothing(rates[0])
    return Proposal(placed[:best], rates[best], rates[0])
