"""What a reference factory does, as the simulator measured it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """Facts about one factory; the defaults stand for "not measured".

    Attributes:
        category: what the factory is for: belts, balancer, smelting, circuits, science, mall, production, other, ...
        inputs: items of its sources, sorted.
        outputs: items that arrived at its sinks, sorted.
        throughput: items per second into all sinks.
        utilisation: mean share of the time that its machines with a recipe work, 0 to 1; 0 when it has none.
        bottleneck: what limits it, in a word; "" when nothing does.
        power_kw: electric power drawn while it runs, in kW.
        raw_cost: raw items (ore, coal, stone, water and so on) that building it takes.
        confidence: the least confidence of its inferred endpoints, 0 to 1; 1 where an author gave them.
    """

    category: str = "other"
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    throughput: float = 0.0
    utilisation: float = 0.0
    bottleneck: str = ""
    power_kw: float = 0.0
    raw_cost: float = 0.0
    confidence: float = 1.0
