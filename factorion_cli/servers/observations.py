"""What a character sees, as values: the same whether it came over the wire (`from_wire`) or from `servers.direct`.

tick        int, game ticks
player      position {x, y} (float, tiles), health (float), walking, mining (bool), direction (0 to 14, sixteenths of
            a turn), selected (name of an entity or None), queue (list of {recipe, count}), crafting (float, share of
            the craft under way, or None), activity ("idle", "walking", "mining", "crafting")
inventory   number of items by name
cells       uint8 (32, 32, 8): rows from north to south, columns from west to east, channels as in
            mod/scripts/local_map.lua; `left` and `top` are the tile of the first cell
entities    the nearest 16 but resources, nearest first: name, type, position, direction, unit_number, health; of
            machines that craft also progress (0 to 1) and recipe, of items on the ground item and count
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from factorion_cli.errors import ServerError

SIZE, CHANNELS, NEAREST = 32, 8, 16

Cells = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Seen:
    """One observation; see the module. What it holds is not to be changed: parts are shared between observations."""

    tick: int
    player: Mapping[str, Any]
    inventory: Mapping[str, int]
    left: int
    top: int
    cells: Cells
    entities: tuple[Mapping[str, Any], ...]

    def differences(self, other: Seen) -> list[str]:
        """Names of the fields that are not equal."""
        names = ("tick", "player", "inventory", "left", "top", "entities")
        found = [name for name in names if getattr(self, name) != getattr(other, name)]
        return found + ([] if np.array_equal(self.cells, other.cells) else ["cells"])


def from_wire(told: Mapping[str, Any], before: Seen | None = None) -> Seen:
    """The observation in a result of the mod.

    Args:
        told: what `observe`, or `poll` under `seen`, answered.
        before: the observation that it tells changes of; not needed for a whole one.

    Raises:
        ServerError: it tells changes, and there is nothing that changed.
    """
    if before is None and not told.get("full"):
        raise ServerError("the server told changes only; ask for the whole first (since 0)")
    inventory = before.inventory if before is not None and "inventory" not in told else dict(told["inventory"])
    entities = _entities(told.get("entities"), before)
    left, top, cells = _map(told.get("map"), before)
    return Seen(told["tick"], _player(told["player"]), inventory, left, top, cells, entities)


def _player(told: Mapping[str, Any]) -> dict[str, Any]:
    # The game's JSON leaves out what is nil, and writes an empty list as an object.
    return {"selected": None, "crafting": None, **told, "queue": list(told["queue"])}


def _entities(told: Iterable[Any] | None, before: Seen | None) -> tuple[Mapping[str, Any], ...]:
    known = before.entities if before is not None else ()
    return known if told is None else tuple(known[each] if isinstance(each, int) else each for each in told)


def _map(told: Mapping[str, Any] | None, before: Seen | None) -> tuple[int, int, Cells]:
    if told is None:
        assert before is not None
        return before.left, before.top, before.cells
    rows = np.frombuffer(zlib.decompress(base64.b64decode(told["data"])), np.uint8).reshape(-1, SIZE, CHANNELS)
    if "rows" not in told:
        return told["left"], told["top"], rows
    assert before is not None
    cells = before.cells.copy()
    cells[told["rows"]] = rows
    return before.left, before.top, cells
