"""`factorion render`: pictures of factories and blueprints.

factorion render smelter.yaml -o smelter.png
factorion render mall.txt book.txt -o pictures/ --format svg
factorion render - -o design.txt < string.txt
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from factorion_cli.cli.pictures import format_of, picture_paths

if TYPE_CHECKING:
    from factorion_cli.factory import Factory

FORMATS = ("png", "svg", "txt")


def render(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Factory files, blueprint strings, books, folders, or - for stdin."),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="A .png, .svg or .txt file, or a folder.")],
    form: Annotated[str | None, typer.Option("--format", help="png, svg or txt (a folder: png).")] = None,
    scale: Annotated[int, typer.Option(help="Pixels per tile.", min=4, max=256)] = 32,
    title: Annotated[str | None, typer.Option(help="One line above the picture; default: none.")] = None,
    supply_areas: Annotated[bool, typer.Option("--supply-areas", help="Tint what each pole feeds.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list of what was written.")] = False,
) -> None:
    """Draw factories and blueprints as PNG, SVG or text."""
    from factorion_cli.cli.inputs import Unusable, read_inputs
    from factorion_cli.errors import DataError, UsageError

    form = form or format_of(out, FORMATS) or "png"
    if form not in FORMATS:
        raise UsageError(f"the format is {form!r}, expected one of {', '.join(FORMATS)}")
    factories = []
    for found in read_inputs(files):
        if isinstance(found, Unusable):
            typer.echo(f"skipped {found.source}: {found.reason}", err=True)
        else:
            factories.append(found)
    if not factories:
        raise DataError("nothing could be drawn: no input held a factory or a blueprint")
    written = []
    for factory, path in zip(factories, picture_paths(factories, out, form, "-o"), strict=True):
        try:
            _draw(factory, path, form, scale, title, supply_areas)
        except DataError as error:
            typer.echo(f"skipped {factory.id}: {error}", err=True)
            continue
        written.append({"id": factory.id, "path": str(path), "size": [factory.width, factory.height]})
    if not written:
        raise DataError("nothing could be drawn; the reasons stand above")
    typer.echo(json.dumps(written, indent=1) if as_json else "\n".join(str(row["path"]) for row in written))


def _draw(factory: Factory, path: Path, form: str, scale: int, title: str | None, supply_areas: bool) -> None:
    if form == "png":
        from factorion_cli.factory.render import render_png

        render_png(factory, path, scale=scale, title=title, supply_areas=supply_areas)
    elif form == "svg":
        from factorion_cli.factory.render import render_svg

        render_svg(factory, path, scale=scale, title=title, supply_areas=supply_areas)
    else:
        from factorion_cli.factory.text_grid import to_text

        temporary = path.with_name(f".{path.name}.tmp")
        temporary.write_text(to_text(factory), encoding="utf-8")
        temporary.replace(path)
