"""`factorion dataset`: look into datasets, check them, and make others of them.

factorion dataset show ds --render 6 -o pictures/
factorion dataset stats ds level=3 --by category
factorion dataset sample ds -n 5 "throughput_reference>1" -o sample/
factorion dataset validate ds
factorion dataset leak-check ds other
factorion dataset filter ds category=smelting,circuits -o smelters
factorion dataset merge ds other -o both
factorion dataset export ds --format minari -o minari/
"""

from __future__ import annotations

import typer

from factorion_cli.cli.dataset_leaks import leak_check
from factorion_cli.cli.dataset_looking import sample, show, stats, validate
from factorion_cli.cli.dataset_making import export, filter_, merge

dataset = typer.Typer(
    name="dataset", help="Look into datasets, check them, and make others of them.", no_args_is_help=True
)
dataset.command()(show)
dataset.command()(stats)
dataset.command()(sample)
dataset.command()(validate)
dataset.command(name="leak-check")(leak_check)
dataset.command(name="filter")(filter_)
dataset.command()(merge)
dataset.command()(export)
