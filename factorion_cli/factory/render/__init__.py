"""Pictures of factories, drawn from shapes of our own: one description, as PNG or SVG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from factorion_cli.factory.entity import Entity
from factorion_cli.factory.factory import Factory
from factorion_cli.factory.render.drawing import Marks, draw

__all__ = ["render_png", "render_svg"]


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(content)
    temporary.replace(path)


def render_png(
    factory: Factory,
    path: Path | None = None,
    *,
    missing: Sequence[Entity] = (),
    added: Sequence[Entity] = (),
    wrong: Sequence[Entity] = (),
    scale: int = 32,
    title: str | None = None,
    supply_areas: bool = False,
) -> bytes:
    """A picture of the factory as PNG bytes, also written to `path` if one is given.

    Args:
        factory: what stands.
        path: file to write, whole or not at all.
        missing: entities taken out, drawn as ghosts in a dashed bright outline, whether or not `factory` has them.
        added: entities put in right, outlined in green.
        wrong: entities put in wrong, outlined in red.
        scale: pixels per tile; the picture is half a tile larger than the factory on each side.
        title: one line above the picture.
        supply_areas: whether to tint what each pole feeds.

    Raises:
        DataError: an entity is not vanilla.
    """
    from factorion_cli.factory.render.png import to_png

    content = to_png(draw(factory, Marks(missing, added, wrong), title, supply_areas), scale)
    if path is not None:
        _write(path, content)
    return content


def render_svg(
    factory: Factory,
    path: Path | None = None,
    *,
    missing: Sequence[Entity] = (),
    added: Sequence[Entity] = (),
    wrong: Sequence[Entity] = (),
    scale: int = 32,
    title: str | None = None,
    supply_areas: bool = False,
) -> str:
    """The same picture as `render_png` makes, as SVG text."""
    from factorion_cli.factory.render.svg import to_svg

    content = to_svg(draw(factory, Marks(missing, added, wrong), title, supply_areas), scale)
    if path is not None:
        _write(path, content.encode())
    return content
