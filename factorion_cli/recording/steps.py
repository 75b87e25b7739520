"""What people and agents saw and then did, one row for each deed, as a Parquet file.

A recording holds deeds, no views: what was seen is looked at again while the recording is replayed, so that it can be
had in any form that the mod ever gives it.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from factorion_cli.prototypes import load_table
from factorion_cli.recording.events import Event
from factorion_cli.recording.replay import Stretch
from factorion_cli.recording.takes import Take

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

ROWS_PER_GROUP: Final = 500
MAP_SHAPE: Final = (32, 32, 8)
"""Tiles from north to south, tiles from west to east, channels (docs/mod.md)."""


def steps_schema() -> pa.Schema:
    """The columns; every field says what it means."""
    import pyarrow as pa

    def column(name: str, kind: pa.DataType, description: str, **more: str) -> pa.Field:
        return pa.field(name, kind, metadata={"description": description, **more})

    return pa.schema(
        [
            column("take", pa.string(), "folder of the take"),
            column("scenario", pa.string(), "what was played"),
            column("seed", pa.int64(), "of the scenario"),
            column("skill", pa.string(), "of who played: beginner, intermediate, expert, or empty"),
            column("actor", pa.int32(), "0 the agent's character, else a player's index"),
            column("step", pa.int32(), "place of the deed in its scenario, from 0"),
            column("tick", pa.int64(), "since the scenario was loaded", unit="ticks"),
            column("action", pa.string(), "what was done: JSON of the operation act"),
            column("code", pa.string(), "why the mod refused it; empty when it did not"),
            column("x", pa.float64(), "where the actor stood", unit="tiles"),
            column("y", pa.float64(), "likewise", unit="tiles"),
            column("map", pa.binary(), "uint8, what was around the actor", shape="(32, 32, 8)"),
            column("map_left", pa.int32(), "leftmost tile of the map", unit="tiles"),
            column("map_top", pa.int32(), "uppermost tile of the map", unit="tiles"),
            column("inventory", pa.string(), "JSON: items held, by name"),
            column("entities", pa.string(), "JSON: the nearest 16 entities, the nearest first"),
        ]
    )


def actions_of(event: Event) -> list[dict[str, Any]]:
    """What was done in an event, as the operation `act` takes it; [] for what is no deed.

    Of the agent's deeds only what was asked of it counts, of players' what came of them.
    """
    if event.actor == 0:
        asked = dict(event.told.get("request", {})) if event.kind == "act" else {}
        return [asked] if asked and asked.get("kind") != "compound" else []
    told = event.told
    if event.kind == "craft":
        return [{"kind": "craft", "recipe": told["recipe"], "count": told["count"]}]
    if event.kind == "move":
        return [{"kind": "walk", "direction": told["d"]} if "d" in told else {"kind": "stop"}]
    if event.kind not in _DEEDS:
        return []
    return _on_a_tile(event.kind, told)


_DEEDS: Final = frozenset({"built", "removed", "ore", "rotated", "recipe", "transfer"})


def _on_a_tile(kind: str, told: Mapping[str, Any]) -> list[dict[str, Any]]:
    left, top = _corner(told)
    where = {"x": left, "y": top}
    if kind == "built":
        placed = {"kind": "place", "name": told["name"], **where, "direction": told.get("d", 0)}
        return [placed | ({"type": told["type"]} if "type" in told else {})]
    if kind == "rotated":
        return [{"kind": "rotate", **where, "reverse": bool(told.get("reverse"))}]
    if kind == "recipe":
        return [{"kind": "recipe", **where} | ({"recipe": told["recipe"]} if "recipe" in told else {})]
    if kind == "transfer":
        moved = [{"kind": "transfer", **where, "item": item, "count": n} for item, n in sorted(told["items"].items())]
        return [each if each["count"] > 0 else each | {"count": -each["count"], "to": "self"} for each in moved]
    return [{"kind": "mine", **where, "count": 1}]


def _corner(told: Mapping[str, Any]) -> tuple[int, int]:
    """The top-left tile of the entity that an event is about."""
    known = load_table().entities.get(str(told["name"]))
    width, height = known.size(int(told.get("d", 0))) if known is not None else (1, 1)
    return round(float(told["x"]) - width / 2), round(float(told["y"]) - height / 2)


@dataclass(slots=True)
class StepWriter:
    """Looks on while a stretch is replayed, and writes a row for each deed; see `writing_steps`."""

    writer: pq.ParquetWriter
    take: Take
    stretch: Stretch
    rows: list[dict[str, Any]] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    steps: int = 0
    walking: dict[int | None, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        asked = 0
        for event in self.stretch.events:
            if event.kind == "act":
                asked = event.number
            elif event.kind == "failed":
                self.failed[asked] = str(event.told["code"])

    def wants(self, event: Event) -> bool:
        """Whether it is a deed; of a walk only its beginning, turns and end are."""
        actions = actions_of(event)
        if event.kind == "move" and actions:
            before = self.walking.get(event.actor, {"kind": "stop"})
            self.walking[event.actor] = actions[0]
            return bool(actions[0] != before)
        return bool(actions)

    def see(self, event: Event, seen: Mapping[str, Any]) -> None:
        """Add a row for each action of an event."""
        look = _look(seen)
        for action in actions_of(event):
            self.rows.append(
                {
                    "take": self.take.folder.name,
                    "scenario": self.stretch.scenario,
                    "seed": self.stretch.seed,
                    "skill": self.take.head.skill or "",
                    "actor": event.actor,
                    "step": self.steps,
                    "tick": event.tick - self.stretch.events[0].tick,
                    "action": json.dumps(action),
                    "code": self.failed.get(event.number, ""),
                    **look,
                }
            )
            self.steps += 1
        if len(self.rows) >= ROWS_PER_GROUP:
            self.flush()

    def flush(self) -> None:
        """Write what is held back."""
        import pyarrow as pa

        if self.rows:
            self.writer.write_table(pa.Table.from_pylist(self.rows, schema=steps_schema()))
            self.rows.clear()


def _look(seen: Mapping[str, Any]) -> dict[str, Any]:
    place, around = seen["player"]["position"], seen["map"]
    return {
        "x": place["x"],
        "y": place["y"],
        "map": zlib.decompress(base64.b64decode(around["data"])),
        "map_left": around["left"],
        "map_top": around["top"],
        "inventory": json.dumps(seen["inventory"], sort_keys=True),
        "entities": json.dumps(seen["entities"] or [], sort_keys=True),
    }


class Steps:
    """A file of steps being written: gives an observer for each stretch that is replayed."""

    def __init__(self, writer: pq.ParquetWriter) -> None:
        self._writer = writer
        self.observers: list[StepWriter] = []

    def __call__(self, take: Take, stretch: Stretch) -> StepWriter:
        """The observer of a stretch; what those before hold back is written."""
        self.flush()
        self.observers.append(StepWriter(self._writer, take, stretch))
        return self.observers[-1]

    def flush(self) -> None:
        """Write what is held back."""
        for observer in self.observers[-1:]:
            observer.flush()


@contextmanager
def writing_steps(path: Path) -> Iterator[Steps]:
    """A Parquet file of steps, there whole when the block is left and not at all when it fails."""
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with pq.ParquetWriter(unfinished, steps_schema(), compression="zstd") as writer:
            steps = Steps(writer)
            yield steps
            steps.flush()
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
