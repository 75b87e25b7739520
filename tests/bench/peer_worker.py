"""The peer's side of the bench: runs in the peer's own environment, answers one JSON line per line that it is asked.

{"do": "items"}                                               -> {id: name}
{"do": "kinds"}                                               -> {name: id}
{"do": "build", "size", "kind", "count", "path"}              -> deliveries; the worlds are saved at `path`
{"do": "time", "path", "rounds"}                              -> {"seconds": of the best round over all worlds}
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import factorion_rs
import numpy as np

TRIES = 20
"""Seeds tried for each world that is wanted, at most."""

_worlds: dict[str, list[Any]] = {}


def _build(size: int, kind: int, count: int, path: str) -> list[list[list[Any]]]:
    """Worlds of the first seeds that give one; [x, y, item, rate] of every sink as the peer sees it."""
    worlds: list[Any] = []
    for seed in range(count * TRIES):
        built = factorion_rs.build_factory(size, kind, seed) if len(worlds) < count else None
        if built is not None:
            worlds.append(built[0])
    _worlds[path] = worlds
    np.save(path, np.asarray(worlds, np.int64).reshape(-1, size, size, worlds[0].shape[2] if worlds else 6))
    return [[list(sink) for sink in factorion_rs.py_sink_deliveries(world)] for world in worlds]


def _time(path: str, rounds: int) -> float:
    best = float("inf")
    worlds = _worlds[path]
    for _ in range(rounds):
        started = time.process_time()
        for world in worlds:
            factorion_rs.simulate_throughput(world)
        best = min(best, time.process_time() - started)
    return best


def _answer(asked: dict[str, Any]) -> Any:
    if asked["do"] == "items":
        return {number: item["name"] for number, item in factorion_rs.py_items().items()}
    if asked["do"] == "kinds":
        return dict(factorion_rs.py_lesson_kinds())
    if asked["do"] == "build":
        return _build(asked["size"], asked["kind"], asked["count"], asked["path"])
    return {"seconds": _time(asked["path"], asked["rounds"])}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)  # noqa: T201
