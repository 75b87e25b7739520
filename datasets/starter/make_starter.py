"""Make the starter set: every design drawn anew, as one blueprint book a category.

    python datasets/starter/make_starter.py            # write blueprints/*.txt and the table in README.md
    python datasets/starter/make_starter.py --check    # compare instead, exit 1 when something differs

The drawings are in designs/: `sheet.py` has the strokes, `rows.py` rows of assemblers, the rest one kind of design
each. Nothing is random, so the same script gives the same blueprints; only the compression of the strings may differ
between builds of zlib, which is why `--check` compares what is inside.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from designs import belts, intermediates, malls, science, smelting, splitters
from designs.sheet import Design

from factorion_cli.blueprints import decode, encode_book

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- table: made by make_starter.py -->", "<!-- end of table -->"
TITLES = {
    "belts": "Belts, undergrounds and crossings",
    "chest-cells": "Cells that work from chest to chest",
    "circuits": "Copper cable and circuits",
    "intermediates": "Gears, pipes, engines",
    "malls": "Belts, inserters, machines and building materials",
    "military": "Ammunition, grenades, turrets, walls",
    "science": "Science packs",
    "smelting": "Smelting columns",
    "splitters": "Splitters, balancers, filters and priorities",
}


def all_designs() -> list[Design]:
    """Every design of the set, by category and in drawing order within each."""
    rooms = (belts, splitters, smelting, intermediates, science, malls)
    return sorted((design for room in rooms for design in room.designs()), key=lambda design: design.category)


def books(designs: list[Design]) -> dict[str, str]:
    """One exchange string a category: a book with a blueprint for each design."""
    return {
        category: encode_book([design.blueprint for design in group], label=f"factorion starter: {TITLES[category]}")
        for category, group in groupby(designs, key=lambda design: design.category)
    }


def table(designs: list[Design]) -> str:
    """The table of the card, in Markdown."""
    lines = [
        "| file | what | designs | entities | largest | items per second |",
        "|---|---|--:|--:|--:|--:|",
        *_rows(designs),
        f"| all | | {len(designs)} | {sum(len(design.blueprint.entities) for design in designs)} | | |",
    ]
    return "\n".join(lines)


def _rows(designs: list[Design]) -> Iterator[str]:
    for category, group in groupby(designs, key=lambda design: design.category):
        members = list(group)
        prints = [design.blueprint for design in members]
        largest = max(prints, key=lambda print_: print_.width * print_.height)
        rates = sorted(design.rate for design in members)
        yield (
            f"| `{category}.txt` | {TITLES[category]} | {len(members)} | {sum(len(p.entities) for p in prints)} "
            f"| {largest.width}x{largest.height} | {rates[0]:.2g} to {rates[-1]:.3g} |"
        )


def card(designs: list[Design], text: str) -> str:
    """The card's text with its table made anew."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{table(designs)}\n{END}{rest.split(END)[1]}"


def main() -> int:
    """Write the set, or compare it with what is there."""
    parser = argparse.ArgumentParser(description="make the starter set of blueprints")
    parser.add_argument("--check", action="store_true", help="compare with the committed files and write nothing")
    check = parser.parse_args().check
    designs = all_designs()
    stale = []
    for category, book in books(designs).items():
        path = HERE / "blueprints" / f"{category}.txt"
        if check:
            if not path.exists() or decode(path.read_text(encoding="utf-8")) != decode(book):
                stale.append(path.name)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(book + "\n", encoding="utf-8")
    readme = HERE / "README.md"
    text = readme.read_text(encoding="utf-8")
    if check:
        stale += ["README.md"] * (card(designs, text) != text)
    else:
        readme.write_text(card(designs, text), encoding="utf-8")
    if stale:
        sys.stderr.write(f"out of date: {', '.join(stale)}; run python datasets/starter/make_starter.py\n")
        return 1
    sys.stdout.write(f"{len(designs)} designs in {len(TITLES)} books\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
