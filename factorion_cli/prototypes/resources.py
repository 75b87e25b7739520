"""What lies in the ground: mining times and products (data.raw.resource of base and space-age 2.1.12).

draftsman's copy of the game's data has no resources, so they stand here; facts `mining.resources` are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class ResourcePrototype:
    """An ore or a fluid field.

    Attributes:
        name: prototype name.
        category: which drills can mine it.
        mining_time: seconds at mining speed 1.
        product: item or fluid that comes out.
        amount: pieces or units of it per mining.
        is_fluid: whether the product is a fluid.
        infinite: never runs out; a `yield` says how rich it is.
        required_fluid: fluid that mining it takes.
        required_amount: units of it per mining. The prototype states ten times as much (uranium: fluid_amount 10, one
            unit of acid per ore; wiki: Mining).
    """

    name: str
    category: str
    mining_time: float
    product: str
    amount: int = 1
    is_fluid: bool = False
    infinite: bool = False
    required_fluid: str | None = None
    required_amount: int = 0


def _ore(name: str, mining_time: float, category: str = "basic-solid") -> ResourcePrototype:
    return ResourcePrototype(name, category, mining_time, name)


def _field(name: str, product: str, amount: int, infinite: bool) -> ResourcePrototype:
    return ResourcePrototype(name, "basic-fluid", 1, product, amount, True, infinite)


RESOURCES: Mapping[str, ResourcePrototype] = MappingProxyType(
    {
        resource.name: resource
        for resource in (
            _ore("calcite", 1),
            _ore("coal", 1),
            _ore("copper-ore", 1),
            _field("crude-oil", "crude-oil", 10, True),
            _field("fluorine-vent", "fluorine", 1, True),
            _ore("iron-ore", 1),
            _field("lithium-brine", "lithium-brine", 1, False),
            _ore("scrap", 0.5),
            _ore("stone", 1),
            _field("sulfuric-acid-geyser", "sulfuric-acid", 10, True),
            _ore("tungsten-ore", 5, "hard-solid"),
            ResourcePrototype(
                "uranium-ore",
                "basic-solid",
                2,
                "uranium-ore",
                required_fluid="sulfuric-acid",
                required_amount=1,
            ),
        )
    }
)
"""Every vanilla resource by name."""
