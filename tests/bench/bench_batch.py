"""What it costs to make a batch: `python -m tests.bench.bench_batch`.

The same random 32x32 factories (those without fluids and labs, which tensors do not spare the way over Factories) from
tensors by way of Factories, from Factories, and from tensors; turn and turn about, the best of several rounds.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, islice
from sys import stdout
from time import process_time

import numpy as np

from factorion_cli.errors import FactorionError
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.tensor import PART, from_tensor, to_tensor
from factorion_cli.simulation.batch import FactoryBatch
from factorion_cli.simulation.flowing import flow_rates
from tests.factories.generator import random_factory

FACTORIES, SIDE, ROUNDS, LEAST_ENTITIES = 200, 32, 5, 40


def factories() -> list[Factory]:
    """Random factories that have a tensor and hold nothing that makes them be read one by one."""
    return list(islice((factory for seed in count() for factory in _usable(seed)), FACTORIES))


def _usable(seed: int) -> list[Factory]:
    factory = random_factory(seed, SIDE, SIDE)
    if len(factory.entities) < LEAST_ENTITIES or any(map(_is_wet, factory.entities)):
        return []
    try:
        to_tensor(factory, SIDE, SIDE)
    except FactorionError:
        return []
    return [factory]


def _is_wet(entity: Entity) -> bool:
    """Whether an entity has to do with fluids or packs."""
    prototype = entity.prototype
    return prototype.lab is not None or (bool(prototype.fluid_boxes) and prototype.drill is None)


def main() -> None:
    """Print the table."""
    tensors = np.array([to_tensor(factory, SIDE, SIDE) for factory in factories()])
    made = [from_tensor(tensor) for tensor in tensors]
    ways: dict[str, Callable[[], object]] = {
        "from_factories of what from_tensor reads": lambda: FactoryBatch.from_factories(map(from_tensor, tensors)),
        "from_factories": lambda: FactoryBatch.from_factories(made),
        "FactoryBatch.from_tensor": lambda: FactoryBatch.from_tensor(tensors),
    }
    batch = FactoryBatch.from_tensor(tensors)
    ways["(flow_rates, for comparison)"] = lambda: flow_rates(batch)
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, way in ways.items():
            began = process_time()
            way()
            best[name] = min(best[name], process_time() - began)
    things = (tensors[:, PART] == 1).sum() / len(tensors)
    stdout.write(f"{len(tensors)} factories of {SIDE}x{SIDE}, {things:.0f} entities and endpoints each\n")
    for name, seconds in best.items():
        stdout.write(f"{name:42s}{1e6 * seconds / len(tensors):10.0f} us per factory\n")


if __name__ == "__main__":
    main()
