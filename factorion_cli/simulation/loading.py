"""Loaders made ready for the kernels: half a belt that runs into what stands before it, or out of what stands behind.

Both lanes move at the belt's full speed. A loader faces the way its items travel, as undergrounds do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from factorion_cli.factory import Entity
from factorion_cli.simulation.belt_rules import LEFT, RIGHT
from factorion_cli.simulation.lines import Part, part_id
from factorion_cli.simulation.wiring import Arm, Spot


@dataclass(frozen=True, slots=True)
class LoaderSpec:
    """A loader: its two lines, whether they run into its chest or machine, and which of these that is.

    `kind` and `index` are as for the ends of arms.
    """

    entity: int
    unloads_belt: bool
    lines: tuple[int, int]
    kind: int
    index: int
    filters: tuple[str, ...]


def make_loader(
    entity: Entity, loader: Arm, parts: Mapping[int, Part], ends: Mapping[Spot, tuple[int, int]]
) -> LoaderSpec | None:
    """One loader; None when nothing stands at its end that handles items."""
    if loader.pickup is None or loader.drop is None:
        return None
    unloads_belt = entity.underground_type != "output"
    belt, container = (loader.pickup, loader.drop) if unloads_belt else (loader.drop, loader.pickup)
    if container not in ends:
        return None
    left, right = (parts[part_id(belt.index, lane)].line for lane in (LEFT, RIGHT))
    kind, index = ends[container]
    return LoaderSpec(loader.entity, unloads_belt, (left, right), kind, index, entity.filters)
