"""Where `factorion design` writes its designs: Factory files, blueprint strings and pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from factorion_cli.cli.pictures import picture_paths

if TYPE_CHECKING:
    from factorion_cli.cli.design_report import Row
    from factorion_cli.design.batch import Designed
    from factorion_cli.factory import Factory

FACTORY_FILES = (".json", ".jsonl", ".yaml", ".yml")
BLUEPRINTS = ".txt"
PICTURES = (".png", ".svg")
UNSOLVED, DESIGN = "unsolved", "design"
"""Keys of a written Factory: why there is no design; what is known of the one that there is."""


def check_places(places: Sequence[Path], demonstrations: Path | None, total: int) -> None:
    """Refuse what cannot be written, before any work is done.

    Raises:
        UsageError: a file of an unknown kind, a picture of more than one design, or a folder that is taken.
    """
    from factorion_cli.datasets.workspace import check_output
    from factorion_cli.errors import UsageError

    for path in places:
        if path.suffix and path.suffix not in (*FACTORY_FILES, BLUEPRINTS, *PICTURES) and not path.is_dir():
            known = ", ".join((*FACTORY_FILES, BLUEPRINTS, *PICTURES))
            raise UsageError(f"-o is {path}, expected a file in {known}, or a folder for pictures")
        if path.suffix in PICTURES and total > 1:
            raise UsageError(f"-o is {path}, one picture for {total:,} designs: give a folder instead")
        if not path.absolute().parent.is_dir():
            raise UsageError(f"-o is {path}, but there is no folder {path.absolute().parent}")
    if demonstrations is not None:
        check_output(demonstrations, overwrite=False)


def write_designs(places: Sequence[Path], designs: Sequence[Designed], rows: Sequence[Row]) -> Iterator[Path]:
    """Write the designs to each place; yields what was written."""
    if not places:
        return
    factories = [_factory(designed, row) for designed, row in zip(designs, rows, strict=True)]
    solved = [factory for factory in factories if UNSOLVED not in factory.metadata]
    for path in places:
        if path.suffix in FACTORY_FILES:
            from factorion_cli.factory import write_factories

            write_factories(path, factories)
            yield path
        elif path.suffix == BLUEPRINTS:
            _write_blueprints(path, solved)
            yield path
        elif solved:
            yield from _draw(path, solved)


def _factory(designed: Designed, row: Row) -> Factory:
    """The design as a Factory file has it, by the task's id; the task itself where it is not solved."""
    factory = designed.design.factory or designed.design.task.to_factory()
    known = {DESIGN: row.figures()} if row.solved else {UNSOLVED: row.reason}
    return replace(factory, id=designed.name, metadata={**factory.metadata, **known})


def _write_blueprints(path: Path, solved: Sequence[Factory]) -> None:
    """One exchange string a line."""
    from factorion_cli.blueprints.encoding import encode

    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text("".join(f"{encode(factory)}\n" for factory in solved), encoding="ascii")
    temporary.replace(path)


def _draw(path: Path, solved: Sequence[Factory]) -> Iterator[Path]:
    from factorion_cli.factory.render import render_png, render_svg

    render: Callable[[Factory, Path], object] = render_svg if path.suffix == ".svg" else render_png
    form = path.suffix.removeprefix(".") if path.suffix in PICTURES else "png"
    for factory, picture in zip(solved, picture_paths(solved, path, form, "-o"), strict=True):
        render(factory, picture)
        yield picture
