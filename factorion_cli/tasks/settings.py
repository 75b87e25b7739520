"""How designs are mined for tasks, and how everything that is mined is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from factorion_cli.tasks.task import Removal

REMOVALS_PER_WINDOW: Mapping[Removal, int] = MappingProxyType(
    {"none": 1, "one": 8, "several": 2, "cluster": 1, "path": 1, "kind": 1, "all": 1}
)
"""Tasks of a working window by how they are taken out, unless a build says otherwise."""


@dataclass(frozen=True, slots=True)
class MiningSettings:
    """How tasks are mined.

    Attributes:
        window: side in tiles of the largest factory, margin included.
        removals: most tasks per working window, by the way that their entities are chosen.
        redundant_per_window: of the removals that cost nothing, how many are kept, marked as redundant.
        structural_per_window: tasks per window that does not work, one missing.
        max_windows: windows per design, drawn at random when it has more.
        max_entities: windows with more entities are skipped.
        warmup_ticks: simulated before measuring. Every task is measured alike, so that scores compare.
        measure_ticks: measured.
        least_loss: share of the reference that a missing entity must cost.
        least_items: items that it must cost while measuring, so that no mere shift in time counts as a loss.
        equivalents: whether to count the placements that do as well as the one taken out.
        seed: all random choices follow from it and the design.
    """

    window: int = 32
    removals: Mapping[Removal, int] = field(default_factory=lambda: REMOVALS_PER_WINDOW)
    redundant_per_window: int = 1
    structural_per_window: int = 2
    max_windows: int = 8
    max_entities: int = 900
    warmup_ticks: int = 1800
    measure_ticks: int = 1800
    least_loss: float = 0.01
    least_items: float = 2.0
    equivalents: bool = True
    seed: int = 0
