import io
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image

from factorion_cli.errors import DataError
from factorion_cli.factory import Entity, Factory, Resource, Sink, Source
from factorion_cli.factory.geometry import DIRECTIONS
from factorion_cli.factory.render import render_png, render_svg
from factorion_cli.factory.render.belts import BeltNetwork
from factorion_cli.factory.render.colours import GROUND, MISSING, TIERS, ink_on, item_colour
from factorion_cli.factory.render.drawing import Marks, draw
from factorion_cli.factory.render.items import item_sign
from factorion_cli.factory.render.shapes import CHARACTER_WIDTH, Paint, Text, fitted_text
from factorion_cli.factory.symmetry import rotate
from tests.strategies import factories

SCALE = 24
BELTS = Factory(4, 3, tuple(Entity("transport-belt", x, 1, 4) for x in range(3)))


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)])


def tile(image: np.ndarray, x: int, y: int, scale: int = SCALE, above: float = 0.5) -> np.ndarray:
    """The middle of a tile, clear of the grid lines."""
    top, left = round((y + above) * scale), round((x + 0.5) * scale)
    return image[top + 2 : top + scale - 2, left + 2 : left + scale - 2]


def has_colour(image: np.ndarray, colour: str, tolerance: int = 30) -> bool:
    return bool((np.abs(image - rgb(colour)).max(axis=-1) <= tolerance).any())


def test_picture_is_half_a_tile_larger_on_each_side_and_taller_with_a_title() -> None:
    image = pixels(render_png(BELTS, scale=SCALE))
    assert image.shape == (4 * SCALE, 5 * SCALE, 3)
    titled = pixels(render_png(BELTS, scale=SCALE, title="three belts"))
    assert titled.shape[0] > image.shape[0]
    assert titled.shape[1] == image.shape[1]


def test_entities_are_drawn_on_their_tiles_and_nowhere_else() -> None:
    image = pixels(render_png(BELTS, scale=SCALE))
    for y in range(3):
        for x in range(4):
            drawn = bool((tile(image, x, y) != rgb(GROUND)).any())
            assert drawn == (y == 1 and x < 3)


@pytest.mark.parametrize(("prefix", "colour"), TIERS.items())
def test_chevrons_have_the_colour_of_their_tier(prefix: str, colour: str) -> None:
    name = f"{prefix}-transport-belt" if prefix else "transport-belt"
    image = pixels(render_png(Factory(1, 1, (Entity(name, 0, 0, 4),)), scale=SCALE))
    assert has_colour(tile(image, 0, 0), colour)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_facing_changes_the_picture(direction: int) -> None:
    for name in ("transport-belt", "inserter", "splitter", "pipe-to-ground", "pump", "boiler"):
        here = Factory(3, 3, (Entity(name, 0, 0, direction),))
        there = Factory(3, 3, (Entity(name, 0, 0, (direction + 8) % 16),))
        assert render_svg(here) != render_svg(there)


def test_missing_entities_are_ghosts_in_an_outline_whether_or_not_they_still_stand() -> None:
    gone = BELTS.entities[1]
    plain = pixels(render_png(BELTS.without([1]), scale=SCALE))
    ghost = render_png(BELTS.without([1]), scale=SCALE, missing=[gone])
    assert not has_colour(plain, MISSING)
    assert has_colour(pixels(ghost), MISSING)
    assert render_png(BELTS, scale=SCALE, missing=[gone]) == ghost
    assert (tile(pixels(ghost), 0, 1) == tile(plain, 0, 1)).all()


def test_marks_change_only_the_picture_around_them() -> None:
    plain = pixels(render_png(BELTS, scale=SCALE))
    wrong = Entity("inserter", 3, 2)
    for marked in (
        render_png(BELTS, scale=SCALE, added=BELTS.entities[:1]),
        render_png(BELTS, scale=SCALE, wrong=[wrong]),
    ):
        assert (pixels(marked) != plain).any()
    with_wrong = pixels(render_png(BELTS, scale=SCALE, wrong=[wrong]))
    assert (with_wrong[:, : 3 * SCALE] == plain[:, : 3 * SCALE]).all()


def test_belts_bend_only_for_a_lone_side_feeder() -> None:
    def bend(*entities: Entity, sources: tuple[Source, ...] = ()) -> int | None:
        return BeltNetwork.of(entities, sources).bend(1, 1, 4)

    below = Entity("transport-belt", 1, 2, 0)
    assert bend(below) == 0
    assert bend(below, Entity("transport-belt", 0, 1, 4)) is None
    assert bend(below, Entity("transport-belt", 1, 0, 8)) is None
    assert bend(below, Entity("transport-belt", 2, 1, 12)) == 0
    assert bend(Entity("underground-belt", 1, 2, 0, underground_type="input")) is None
    assert bend(Entity("underground-belt", 1, 2, 0, underground_type="output")) == 0
    assert bend(Entity("splitter", 0, 2, 0)) == 0
    assert bend(sources=(Source("S", "belt", 1, 2, "coal", 0),)) == 0
    assert bend(Entity("inserter", 1, 2, 0)) is None


def test_tunnels_end_at_the_nearest_underground_of_their_tier_in_line() -> None:
    entrance = Entity("underground-belt", 0, 0, 4, underground_type="input")
    end = Entity("underground-belt", 4, 0, 4, underground_type="output")
    other_tier = Entity("fast-underground-belt", 2, 0, 4, underground_type="output")
    assert BeltNetwork.of((entrance, other_tier, end), ()).exit_of(entrance) == end
    assert BeltNetwork.of((entrance, replace(end, x=6)), ()).exit_of(entrance) is None
    second = replace(entrance, x=2)
    assert BeltNetwork.of((entrance, second, end), ()).exit_of(entrance) is None


def test_every_kind_of_endpoint_is_a_badge_of_its_own() -> None:
    ends = [
        Factory(1, 1, sources=(Source("S", "belt", 0, 0, "coal", 4),)),
        Factory(1, 1, sources=(Source("S", "belt", 0, 0, "coal", 4, "left"),)),
        Factory(1, 1, sources=(Source("S", "chest", 0, 0, "coal"),)),
        Factory(1, 1, sinks=(Sink("K", "belt", 0, 0, "coal", 4),)),
        Factory(1, 1, sinks=(Sink("K", "chest", 0, 0, "coal"),)),
        Factory(1, 1, sinks=(Sink("K", "chest", 0, 0),)),
        Factory(1, 1, sinks=(Sink("K", "output", item="coal", of=(0, 0)),)),
    ]
    assert len({render_svg(factory) for factory in ends}) == len(ends)


def test_two_sources_of_one_tile_both_show() -> None:
    left, right = (Source(lane, "belt", 0, 0, item, 4, lane) for lane, item in (("left", "coal"), ("right", "stone")))
    image = pixels(render_png(Factory(1, 1, sources=(left, right)), scale=48))
    assert has_colour(image, item_colour("coal"))
    assert has_colour(image, item_colour("stone"))


@settings(max_examples=25, deadline=None)
@given(factories())
def test_every_factory_has_a_well_formed_picture(factory: Factory) -> None:
    marks, title = Marks(missing=factory.entities[:2]), "<&> a title"
    root = ET.fromstring(render_svg(factory, missing=marks.missing, supply_areas=True, title=title))
    drawing = draw(factory, marks, title, supply_areas=True)
    assert root.tag.endswith("svg")
    assert len(root) == len(drawing.shapes) + 1
    assert root.attrib["viewBox"] == f"-0.5 -1.4 {drawing.width:g} {drawing.height:g}"
    assert Image.open(io.BytesIO(render_png(factory, scale=8))).format == "PNG"


def test_same_factory_gives_the_same_bytes_and_a_turned_one_others() -> None:
    assert render_png(BELTS) == render_png(BELTS)
    assert render_svg(BELTS) != render_svg(rotate(BELTS))


def test_every_vanilla_entity_and_item_can_be_drawn() -> None:
    from factorion_cli.prototypes import load_table

    table = load_table()
    for entity in table.entities.values():
        factory = Factory(24, 24, (Entity(entity.name, 0, 0),), resources=(Resource("iron-ore", (0, 0, 3, 3)),))
        assert draw(factory).shapes
    for name in (*table.items, *table.recipes):
        assert item_sign(name, 0, 0, 1)


def test_modded_entities_are_refused_by_name() -> None:
    with pytest.raises(DataError, match="'warp-belt'"):
        render_png(Factory(1, 1, (Entity("warp-belt"),)))


def test_text_fits_its_box() -> None:
    for text in ("gear", "solid fuel from petroleum gas", "accumulator"):
        lines = [line for line in fitted_text(text, 0, 0, 2.6, 1, Paint(), 0.4) if isinstance(line, Text)]
        assert " ".join(line.text for line in lines) == text
        assert all(line.size * CHARACTER_WIDTH * len(line.text) <= 2.6 + 1e-9 for line in lines)
        assert sum(line.size for line in lines) <= 1


def test_files_are_written_whole(tmp_path) -> None:
    png = render_png(BELTS, tmp_path / "belts.png")
    svg = render_svg(BELTS, tmp_path / "belts.svg")
    assert (tmp_path / "belts.png").read_bytes() == png
    assert (tmp_path / "belts.svg").read_text() == svg
    assert {path.name for path in tmp_path.iterdir()} == {"belts.png", "belts.svg"}


def test_large_pictures_are_drawn_within_the_pixel_budget() -> None:
    image = Image.open(io.BytesIO(render_png(Factory(150, 150), scale=32)))
    assert image.size == (151 * 32, 151 * 32)


def test_colours_of_unknown_items_are_stable_and_ink_can_be_read() -> None:
    assert item_colour("warp-core") == item_colour("warp-core")
    assert item_colour("warp-core") != item_colour("warp-coil")
    assert ink_on("#ffffff") != ink_on("#000000")


def test_a_rectangle_without_end_is_no_picture() -> None:

    with pytest.raises(DataError, match="1000000 x 1000000 tiles are too many for a picture"):
        render_png(Factory(1_000_000, 1_000_000, id="endless"))


def test_blocked_tiles_of_a_task_are_drawn_and_odd_ones_left_out() -> None:
    def drawn(task: object) -> str:
        return render_svg(Factory(4, 4, metadata={"task": task}))

    bare = drawn({})
    assert drawn({"blocked": [[1, 1, 2, 1]]}) != bare
    for odd in (None, 3, {"blocked": 3}, {"blocked": [[1, 1, 2]]}, {"blocked": [[3, 3, 9, 9]]}, {"blocked": ["abcd"]}):
        assert drawn(odd) == bare
