"""The classic cells: what the designer finds from their markers alone, beside hand-made designs of the same footprint.

python -m tests.bench.bench_cells
python -m tests.bench.bench_cells --seconds 60 --pictures docs/images

Times are processor time of one core for each cell.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from factorion_cli.factory import Factory
from factorion_cli.factory.render import render_png
from factorion_cli.scheduling import available_cores, in_order, local_pool
from factorion_cli.simulation import throughput
from factorion_cli.tasks.marker_cells import CELLS, cell
from tests.bench.bench_design import Timed, timed, warm_up
from tests.bench.design_checks import problems
from tests.tasks.hand_made import HAND_MADE

SCALE, GAP = 16, 8


def main() -> None:
    """Design the cells and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0, help="of one core for each cell")
    parser.add_argument("--cells", nargs="+", choices=CELLS, default=list(CELLS))
    parser.add_argument("--workers", type=int, default=available_cores())
    parser.add_argument("--pictures", type=Path, help="folder for cell-NAME.png: hand-made above, found below")
    options = parser.parse_args()
    print("| cell | tiles | hand-made | found | of hand-made | entities, hand-made and found | first after |")  # noqa: T201
    print("|---|---|---|---|---|---|---|")  # noqa: T201
    with local_pool(options.workers) as pool:
        warm_up(options.workers, pool)
        jobs = ((cell(name), options.seconds, False) for name in options.cells)
        for name, found in zip(options.cells, in_order(pool, timed, jobs), strict=True):
            hand_made = HAND_MADE[name][0]()
            print(_row(name, hand_made, found), flush=True)  # noqa: T201
            if options.pictures and found.design.factory is not None:
                _draw(options.pictures / f"cell-{name}.png", hand_made, found.design.factory)


def _row(name: str, hand_made: Factory, found: Timed) -> str:
    known = throughput([hand_made])[0].throughput
    size = f"{hand_made.width}x{hand_made.height}"
    factory = found.design.factory
    if factory is None:
        return f"| {name} | {size} | {known:.2f}/s | {found.design.reason} | 0 % | {len(hand_made.entities)}, - | - |"
    if wrong := problems([found.design.task], [factory])[0]:
        raise SystemExit(f"{name}: {wrong[0]}")
    rate = found.design.throughput
    return (
        f"| {name} | {size} | {known:.2f}/s | {rate:.2f}/s | {rate / known:.0%} "
        f"| {len(hand_made.entities)}, {len(factory.entities)} | {found.first or 0:.1f} s |"
    )


def _draw(path: Path, hand_made: Factory, found: Factory) -> None:
    """Both designs in one picture, one above the other."""
    from PIL import Image

    titles = ("hand-made", "found")
    pictures = [
        Image.open(io.BytesIO(render_png(factory, scale=SCALE, title=title))).convert("RGB")
        for factory, title in zip((hand_made, found), titles, strict=True)
    ]
    both = Image.new("RGB", (max(p.width for p in pictures), sum(p.height for p in pictures) + GAP), "white")
    both.paste(pictures[0], (0, 0))
    both.paste(pictures[1], (0, pictures[0].height + GAP))
    both.save(path, optimize=True)


if __name__ == "__main__":
    main()
