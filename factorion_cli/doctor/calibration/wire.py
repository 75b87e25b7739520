"""Questions about commands and time: how long they take, what arrives whole, in which order, how many ticks pass."""

from __future__ import annotations

import threading

from factorion_cli.doctor.calibration.bench import MARK, SCENARIO, Answer, Bench, milliseconds
from factorion_cli.servers.rcon import RconClient

SPEEDS = (1, 10, 100, 1000)
TRIPS = 20
LONG = 4000
"""Characters of a long command."""
LARGE = 1_000_000
"""Bytes of a large reply."""
STEP = 0.15
"""Tiles that a character walks in a tick (data.raw.character.character.running_speed, base 2.0 and 2.1)."""


def round_trips(bench: Bench) -> Answer:
    """1: whether a command waits for an update, and so how fast a client can be."""
    live, found = bench.live, {}
    for speed in SPEEDS:
        live.resume(speed)
        found[f"speed {speed}"] = milliseconds(lambda: live.session.request("p"), TRIPS)
    live.resume(1)
    live.pause()
    found["paused"] = milliseconds(lambda: live.session.request("p"), TRIPS)
    told = ", ".join(f"{name} {taken:.1f} ms" for name, taken in found.items())
    return Answer(1, "How long does a command take, by the game's speed?", told)


def _padded(length: int) -> str:
    return f"/sc local x = '{'x' * length}' rcon.print('{MARK}')"


def long_command(bench: Bench) -> Answer:
    """2: what the server's maximum_segment_size costs."""
    with bench.open_client() as client:
        client.command(_padded(1))
        short = milliseconds(lambda: client.command(_padded(1)), 5)
        long = milliseconds(lambda: client.command(_padded(LONG)), 5)
    return Answer(
        2, f"How long does a command of {LONG} characters take?", f"{long:.1f} ms, a short one {short:.1f} ms"
    )


def large_reply(bench: Bench) -> Answer:
    """3: whether a reply of a megabyte comes in one packet, as the client expects."""
    size = len(bench.lua(f'rcon.print("{MARK}" .. string.rep("x", {LARGE}))'))
    return Answer(3, "Is a reply of 1 MB one packet?", f"{size} of {LARGE} bytes", "one packet", size == LARGE)


def order_of_commands(bench: Bench) -> Answer:
    """4: whether a short command overtakes a long one that another connection sent just before."""
    bench.lua(f'storage.order = "" rcon.print("{MARK}")')
    clients = [bench.open_client(), bench.open_client()]
    texts = [
        f"/sc local x = '{'x' * LONG}' storage.order = storage.order .. 'long ' rcon.print('{MARK}')",
        "/sc storage.order=storage.order..'short '",
    ]
    senders = [
        threading.Thread(target=RconClient.command, args=(client, text))
        for client, text in zip(clients, texts, strict=True)
    ]
    senders[0].start()
    threading.Event().wait(0.01)  # the long one is under way
    senders[1].start()
    for sender, client in zip(senders, clients, strict=True):
        sender.join()
        client.close()
    return Answer(4, "Which runs first, a long command or a short one sent after it?", bench.value("storage.order"))


def ticks_to_run(bench: Bench) -> Answer:
    """5: whether a paused game runs exactly the ticks that it is told, and handlers of ticks with them."""
    live = bench.live
    live.scenario(SCENARIO)
    live.pause()
    passed, walked = [], []
    for ticks in (1, 5):
        before, here = _tick(bench), _x(bench)
        live.step(ticks, walk=4)
        passed.append(_tick(bench) - before)
        walked.append(round((_x(bench) - here) / STEP))
    found = f"{passed[0]} and {passed[1]} ticks; handlers ran in {walked[0]} and {walked[1]} of them"
    agrees = passed == [1, 5] and walked == [1, 5]
    return Answer(5, "Do ticks_to_run = 1 and 5 run 1 and 5 ticks?", found, "exactly, handlers too", agrees)


def _tick(bench: Bench) -> int:
    return int(bench.value("game.tick").partition(".")[0])


def _x(bench: Bench) -> float:
    return float(bench.live.observe()["player"]["position"]["x"])
