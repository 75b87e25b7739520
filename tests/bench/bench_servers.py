"""Speed of the embedded server, over TCP and Lua, and of the direct backend, which skips both.

python -m tests.bench.bench_servers

Figures of the wire are seconds by the clock, since client and server are two processes; run it on a quiet machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from factorion_cli.factory import read_factories
from factorion_cli.servers.direct import DirectGame
from factorion_cli.servers.live import LiveServer, Placement
from factorion_cli.servers.pool import ServerPool

ROUNDS = 3
SIDE = 40
"""Steps in one direction before the character turns, so that it walks in a square."""
GEARS = Path(__file__).parents[2] / "docs" / "examples" / "gears.yaml"


def furnish(play: LiveServer | DirectGame, middle: int = 32) -> None:
    """Twelve belts, an arm, a pole and two machines around a character."""
    for index in range(12):
        x, y = middle + 2 + index % 6, middle - 3 + 6 * (index // 6)
        play.act("place", name="transport-belt", x=x, y=y, direction=4)
    play.act("place", name="inserter", x=middle + 3, y=middle, direction=4)
    play.act("place", name="small-electric-pole", x=middle + 3, y=middle + 2)
    for x in (middle + 4, middle - 6):
        play.act("place", name="assembling-machine-1", x=x, y=middle - 1, recipe="iron-gear-wheel")


def rate(work: Callable[[int], None], count: int, clock: Callable[[], float]) -> float:
    """Calls of `work` per second, the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = clock()
        for index in range(count):
            work(index)
        best = min(best, (clock() - begun) / count)
    return 1 / best


def way(index: int) -> int:
    """The direction of a step of a walk around a square."""
    return index // SIDE % 4 * 4


def over_the_wire(live: LiveServer) -> None:
    """Steps with the whole and with changes, placements, a small factory."""
    clock = time.perf_counter
    live.pause()
    live.scenario("construction_training", 3)
    furnish(live)
    whole = rate(lambda index: void(live.step_and_observe(1, way(index))), 8 * SIDE, clock)
    revision = [0]

    def changes(index: int) -> None:
        revision[0] = live.step_and_observe(1, way(index), revision[0])["revision"]

    delta = rate(changes, 8 * SIDE, clock)
    print(f"steps with the whole observation   {whole:8,.0f} a second")  # noqa: T201
    print(f"steps with changes                 {delta:8,.0f} a second")  # noqa: T201
    live.surface("bench", 100, 100)
    tiles = [Placement(f"p{n}", "transport-belt", n % 100, n // 100, 4) for n in range(2000)]

    def place(index: int) -> None:
        if index == 0:
            live.surface("bench", 100, 100)
        live.put(tiles[500 * index : 500 * index + 500])

    print(f"placements, 500 to a batch         {500 * rate(place, 4, clock):8,.0f} a second")  # noqa: T201
    (factory,) = read_factories(GEARS)
    print(f"building and measuring gears.yaml  {1000 / rate(lambda _: build(live, factory), 5, clock):8.0f} ms")  # noqa: T201


def build(live: LiveServer, factory: object) -> None:
    """One factory, built and measured for a minute."""
    live.build(factory, "bench")  # type: ignore[arg-type]
    live.measure(1800, 1800, "bench")


def void(_: object) -> None:
    """Forget a result."""


def without_lua() -> None:
    """Steps with the whole observation, with nothing around and with machines at work."""
    game = DirectGame()
    for name, made in (("movement_training", False), ("construction_training", True)):
        game.load(name, 3)
        if made:
            furnish(game)

        def step(index: int) -> None:
            game.step(1, way(index))
            game.observe()

        found = rate(step, 48 * SIDE, time.process_time)
        print(f"direct, {name:<26} {found:8,.0f} steps a second, {len(game.observe().entities)} entities in sight")  # noqa: T201


if __name__ == "__main__":
    with ServerPool().lease(extra=True) as server:
        over_the_wire(server)
    without_lua()
