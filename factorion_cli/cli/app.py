"""The `factorion` command: its verbs, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated

import typer

from factorion_cli import __version__
from factorion_cli.cli.assist import assist
from factorion_cli.cli.build_dataset import build_dataset
from factorion_cli.cli.dataset import dataset
from factorion_cli.cli.design import design
from factorion_cli.cli.doctor import doctor
from factorion_cli.cli.eval import eval_
from factorion_cli.cli.mod import mod
from factorion_cli.cli.parity import parity
from factorion_cli.cli.record import record
from factorion_cli.cli.render import render
from factorion_cli.cli.replay import replay
from factorion_cli.cli.runs import runs
from factorion_cli.cli.serve import serve
from factorion_cli.cli.servers import servers
from factorion_cli.cli.simulate import simulate
from factorion_cli.cli.train_bc import train_bc
from factorion_cli.cli.train_ppo import train_ppo
from factorion_cli.errors import FactorionError

app = typer.Typer(
    name="factorion",
    help="Teach machines to build Factorio factories.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(assist)
app.command()(build_dataset)
app.add_typer(dataset)
app.command()(design)
app.command()(doctor)
app.command(name="eval")(eval_)
app.add_typer(mod)
app.command()(record)
app.command()(parity)
app.command()(render)
app.command()(replay)
app.add_typer(runs)
app.command()(serve)
app.add_typer(servers)
app.command()(simulate)
app.command()(train_bc)
app.command()(train_ppo)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"factorion {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")] = False,
    version: Annotated[  # noqa: ARG001 - handled by its callback
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Teach machines to build Factorio factories."""
    if debug:
        os.environ["FACTORION_DEBUG"] = "1"


def main() -> None:
    """Run the command line; exit codes: 0 pass, 1 gate, 2 usage or data, 3 internal, 130 interrupted (by Typer)."""
    # Threads of torch that wait by spinning starve each other as soon as anything else runs: 15 times fewer updates of
    # train-bc per second on two busy cores. Threads that never spin take 1.25 times as long on two idle ones as after
    # a thousand rounds, which cost a tenth on busy ones. Read when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    for stream in (sys.stdout, sys.stderr):
        # Names come from files: whatever is in them, printing them is no reason to fail.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except BrokenPipeError:
        # The reader of our output is gone (`| head`): nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except FactorionError as error:
        if os.environ.get("FACTORION_DEBUG"):
            raise
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except Exception as error:
        if os.environ.get("FACTORION_DEBUG"):
            raise
        typer.echo(f"internal error: {type(error).__name__}: {error} (run again with --debug to see where)", err=True)
        sys.exit(3)
