"""Generated from-markers tasks by name, as command lines and benchmarks ask for them.

    markers:depth-2                                  100 trials of depth 2 on 11x11 tiles
    markers:depth-3?size=32&count=1000&seed=7
    markers:depth-1?markers=anywhere&blocked=0.1&allowed=all&power=unlimited

    markers:circuits                                 one classic cell; markers:cells: all of them

`depth-N` are the trials of `marker_trials`, which says what is drawn; what stands after `?` are its settings, how many
tasks there are (`count`, 100) and their `seed` (0). The cells are those of `marker_cells`; nothing of them is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from factorion_cli.errors import UsageError
from factorion_cli.tasks.marker_cells import CELLS, cell
from factorion_cli.tasks.marker_trials import TrialSettings, trials
from factorion_cli.tasks.markers import MarkerTask

PREFIX = "markers:"
ALL_CELLS = "cells"
_KIND = re.compile(r"depth-(\d+)")
_COUNTING = ("count", "seed")
_NUMBERS = {"size": int, "blocked": float, "count": int, "seed": int}
_SETTINGS = ("size", "markers", "blocked", "allowed", "power")
DEFAULT_COUNT = 100
MOST_COUNT = 10_000_000


def is_suite(name: str) -> bool:
    """Whether a name is one of generated tasks, and no file's."""
    return name.startswith(PREFIX)


@dataclass(frozen=True, slots=True)
class Suite:
    """Generated tasks, drawn anew whenever they are gone through.

    Attributes:
        name: begins the names of its tasks.
        settings: what they have in common.
        count: how many they are.
        seed: what they are drawn with.
    """

    name: str
    settings: TrialSettings
    count: int
    seed: int

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[MarkerTask]:
        return trials(self.settings, self.seed, self.count, self.name)


def suite(name: str) -> Suite | list[MarkerTask]:
    """The tasks of a name; raises UsageError for one that means nothing."""
    kind, _, query = name.removeprefix(PREFIX).partition("?")
    if kind in (*CELLS, ALL_CELLS):
        if query:
            raise UsageError(f"{name}: a cell has no settings, expected {PREFIX}{kind}")
        return [cell(found) for found in CELLS if kind in (found, ALL_CELLS)]
    options = _options(name, query)
    match = _KIND.fullmatch(kind)
    if match is None:
        known = ", ".join((*CELLS, ALL_CELLS))
        raise UsageError(
            f"{name}: no generated tasks are called {kind!r}, expected depth-0, depth-1 and so on, {known}"
        )
    count, seed = options.pop("count", DEFAULT_COUNT), options.pop("seed", 0)
    if not 1 <= count <= MOST_COUNT:
        raise UsageError(f"{name}: count is {count}, expected 1 to {MOST_COUNT:,}")
    if seed < 0:
        raise UsageError(f"{name}: seed is {seed}, expected 0 or more")
    settings = TrialSettings(depth=int(match[1]), **options)
    return Suite(f"{kind}-{settings.size}-{seed}", settings, count, seed)


def _options(name: str, query: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for part in query.split("&") if query else ():
        key, _, text = part.partition("=")
        if key not in (*_COUNTING, *_SETTINGS):
            raise UsageError(f"{name}: unknown setting {key!r}, expected {', '.join((*_SETTINGS, *_COUNTING))}")
        try:
            options[key] = _NUMBERS.get(key, str)(text)
        except ValueError:
            raise UsageError(f"{name}: {key} is {text!r}, expected a number") from None
    return options
