"""`factorion record`: what is played on a server, as demonstrations.

factorion record --server rcon://127.0.0.1:27015 -o demos/first --skill expert
factorion record --server rcon://127.0.0.1:27015 -o demos/rush --scenario iron_rush --seed 3
factorion record --server rcon://127.0.0.1:27015 --status
factorion record -o demos/first --status
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from factorion_cli.recording.recorder import Progress, RecorderOptions
    from factorion_cli.servers.session import Transport


def record(
    server: Annotated[str | None, typer.Option(help="rcon://HOST:PORT of the server that is played on.")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder of the recording; one that is there is gone on with.")
    ] = None,
    skill: Annotated[str | None, typer.Option(help="Of who plays: beginner, intermediate or expert.")] = None,
    scenario: Annotated[
        str | None, typer.Option(help="Load this scenario first: what is played in one can be replayed.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the scenario.", min=0)] = 0,
    player: Annotated[
        str | None, typer.Option(help="Who plays the scenario in the agent's stead: name of a player in the game.")
    ] = None,
    every: Annotated[
        int | None, typer.Option(help="Ticks between digests of the world; default: 1800 (30 s).", min=1)
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="Holds the server's password; default: what `factorion serve` wrote down.")
    ] = None,
    status: Annotated[bool, typer.Option("--status", help="Only show what is recorded.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Only end what the server records.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Record what players and agents do on a server, until Ctrl-C.

    Events are on the disk within a second; a recorder that was killed goes on where it was when it is started again.
    """
    from factorion_cli.errors import UsageError
    from factorion_cli.recording.recorder import RecorderOptions
    from factorion_cli.recording.takes import SKILLS
    from factorion_cli.servers.addresses import client_of

    if status and server is None and output is not None:
        _show_folder(output, as_json)
        return
    if server is None or (output is None and not status and not stop):
        raise UsageError("give --server rcon://HOST:PORT, and -o FOLDER for the recording")
    if skill is not None and skill not in SKILLS:
        raise UsageError(f"the skill is {skill!r}, expected one of {', '.join(SKILLS)}")
    if player is not None and scenario is None:
        raise UsageError("--player says who plays the scenario that --scenario loads: give that, too")
    with client_of(server, password_file) as client:
        if status or stop:
            _show_server(client, stop, as_json)
            return
        assert output is not None
        played = None if scenario is None else (scenario, seed, player)
        _record(client, RecorderOptions(output, server, skill, every), played, as_json)


def _record(
    client: Transport, options: RecorderOptions, scenario: tuple[str, int, str | None] | None, as_json: bool
) -> None:
    from factorion_cli.recording.recorder import Recorder
    from factorion_cli.recording.takes import held
    from factorion_cli.servers.live import LiveServer

    with held(options.folder), _stopping() as is_stopped:
        recorder = Recorder(client, options)
        if scenario is not None:
            name, seed, player = scenario
            recorder.begin()
            live = LiveServer(client)
            live.scenario(name, seed)
            if player is not None:
                live.session.ask("join", {"player": player})
        with _shown() as told:
            progress = recorder.run(is_stopped, told)
    last = progress.takes[-1]
    document = {"folder": str(last), "events": progress.events, "tick": progress.tick, "kinds": progress.kinds}
    _print(document, f"{last}: {progress.events} events to tick {progress.tick}", as_json)


@contextmanager
def _stopping() -> Iterator[Callable[[], bool]]:
    """Ctrl-C and SIGTERM end the recording instead of the program; a second one ends the program."""
    heard: list[int] = []

    def hear(number: int, _frame: object) -> None:
        heard.append(number)
        signal.signal(number, before[signal.Signals(number)])

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(heard)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _shown() -> Iterator[Callable[[Progress], None]]:
    """Says that it records; shows how far it is while stderr is a terminal."""
    from factorion_cli.cli.counting import counter

    typer.echo("recording; Ctrl-C ends it", err=True)
    with counter("events") as count:
        yield lambda progress: count(progress.events)


def _show_server(client: Transport, stop: bool, as_json: bool) -> None:
    from factorion_cli.recording.recorder import server_status, stop_recording

    told = stop_recording(client) if stop else server_status(client)
    kept = told["next"] - told["first"]
    text = f"recording {told['id']}: {told['next'] - 1} events, {kept} of them not fetched yet" if told["on"] else (
        "nothing is recorded"
    )  # fmt: skip
    _print(dict(told), f"stopped {text}" if stop and told["on"] else text, as_json)


def _show_folder(folder: Path, as_json: bool) -> None:
    from factorion_cli.recording.takes import summary, takes_in

    rows = [summary(take) for take in takes_in(folder)]
    lines = [
        f"{row['take']:<12} {row['events']:>8} events  {row['ticks']:>9} ticks  {row['scenarios'] or '-':<24} "
        f"{'ended' if row['ended'] else 'not ended'}"
        for row in rows
    ]
    _print({"takes": rows}, "\n".join(lines), as_json)


def _print(document: Mapping[str, Any], text: str, as_json: bool) -> None:
    import json

    typer.echo(json.dumps(document, indent=1) if as_json else text)
