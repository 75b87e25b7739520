"""The picture of the card: a dozen designs of the set on one sheet, drawn by `factorion_cli.factory.render`.

python datasets/starter/picture.py docs/images/starter.png
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from make_starter import all_designs
from PIL import Image, ImageDraw, ImageFont

from factorion_cli.factory.render import render_png

TILE_PIXELS = 20
WIDTH, GAP, CAPTION = 1500, 14, 20
PAPER, INK = (13, 17, 23), (201, 209, 217)

SHOWN = (
    "4-4 balancer of iron plates",
    "1-3 splitter of iron ore with a loop back",
    "weave of yellow and fast undergrounds of iron plates in one row",
    "grid crossing of two lines under two lines of iron plates",
    "smelting of copper ore to copper plates from one shared belt, 6 electric furnaces",
    "two-sided smelting of stone to stone bricks with coal, 8 steel furnaces",
    "smelting of iron ore to iron plates with coal on a far belt, 5 stone furnaces",
    "electronic circuit from copper plate and iron plate by direct insertion of cable, 1 cell of 3 to 2",
    "iron gear wheel straight from iron ore, 3 gear cells with two electric furnaces each",
    "automation science pack from iron plate and copper plate, 1 cell around a gear",
    "mall of transport belt, inserter, mining drill and burner inserter",
    "chests of coal unloaded onto a belt by 6 inserters",
)


def contact_sheet() -> Image.Image:
    """The designs of SHOWN with their labels, in rows as full as they go, the tallest first."""
    by_label = {design.label: design for design in all_designs()}
    pictures = [(label, _drawn(by_label[label].factory)) for label in SHOWN]
    pictures.sort(key=lambda shown: -shown[1].height)
    places, height = _shelves([picture for _, picture in pictures])
    sheet = Image.new("RGB", (WIDTH, height), PAPER)
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(13)
    for (label, picture), (x, y) in zip(pictures, places, strict=True):
        sheet.paste(picture, (x, y + CAPTION))
        pen.text((x + 2, y + 2), _shortened(label, picture.width, font), INK, font)
    return sheet


def _drawn(factory: object) -> Image.Image:
    return Image.open(io.BytesIO(render_png(factory, scale=TILE_PIXELS))).convert("RGB")  # type: ignore[arg-type]


def _shelves(pictures: list[Image.Image]) -> tuple[list[tuple[int, int]], int]:
    """Top-left corners of the pictures, first fit on shelves, and the height of the whole."""
    shelves: list[list[int]] = []  # top, height, filled width
    places = []
    for picture in pictures:
        shelf = next((shelf for shelf in shelves if shelf[2] + picture.width + GAP <= WIDTH), None)
        if shelf is None:
            top = shelves[-1][0] + shelves[-1][1] + GAP if shelves else GAP
            shelf = [top, picture.height + CAPTION, GAP]
            shelves.append(shelf)
        places.append((shelf[2], shelf[0]))
        shelf[2] += picture.width + GAP
    return places, shelves[-1][0] + shelves[-1][1] + GAP


def _shortened(label: str, width: int, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """As many whole words of the label as fit."""
    words = label.split()
    while len(words) > 1 and font.getlength(" ".join(words)) > width:
        words.pop()
    return " ".join(words).rstrip(",")


def main(path: Path) -> None:
    """Write the picture, whole or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    contact_sheet().save(temporary, "PNG", optimize=True)
    temporary.replace(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
