import pytest
from hypothesis import given, settings

from factorion_cli.errors import FactoryError
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.text_grid import from_text, to_text
from tests.strategies import factories

GEARS = Factory(
    7,
    4,
    (
        Entity("transport-belt", 1, 0, 4),
        Entity("inserter", 2, 1, 0, stack_size=3),
        Entity("assembling-machine-1", 1, 2 - 1 + 1, recipe="iron-gear-wheel"),
    ),
    (Source("in", "belt", 0, 0, "iron-plate", 4),),
    (Sink("out", "output", item="iron-gear-wheel", of=(1, 2)),),
    id="gears",
)


@settings(max_examples=80, deadline=None)
@given(factories())
def test_text_gives_back_the_same_factory(factory: Factory) -> None:
    assert from_text(to_text(factory)) == factory


def test_drawing_is_two_characters_a_tile_with_facings() -> None:
    drawing = to_text(Factory(5, 3, (*GEARS.entities[:2], Entity("stone-furnace", 3, 0), Entity("splitter", 0, 1, 12))))
    assert drawing.splitlines()[4:7] == [
        ".. b> .. Fo F.",
        "s< .. i^ F. F.",
        "s. .. .. .. ..",
    ]


def test_equal_settings_share_a_line_and_comments_are_skipped() -> None:
    factory = Factory(3, 1, tuple(Entity("inserter", x, 0, 4, stack_size=2) for x in range(3)))
    text = to_text(factory)
    assert 'at 0,0 1,0 2,0 {"stack_size": 2}' in text
    assert from_text(f"# a note\n\n{text}\n# another\n") == factory


def test_what_cannot_be_drawn_is_refused() -> None:
    belt = Entity("transport-belt", 0, 0)
    with pytest.raises(FactoryError, match="transport-belt at 0,0 overlaps"):
        to_text(Factory(1, 1, (belt, belt)))
    with pytest.raises(FactoryError, match="reaches outside"):
        to_text(Factory(1, 1, (Entity("lab"),)))
    with pytest.raises(FactoryError, match="direction 2"):
        to_text(Factory(1, 1, (Entity("transport-belt", direction=2),)))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("factorion-grid 1", "factorion-grid 9", "line 1: expected 'factorion-grid 1'"),
        ("size 7 4", "size 7", "expected size WIDTH HEIGHT"),
        ("S> b>", "S>", "expected 7 cells"),
        ("b transport-belt", "b", "expected a symbol, a name"),
        ("b transport-belt", "z transport-belt", "the cell 'b>' at 1,0 is not in the legend"),
        ("source 0,0", "source 3,0", "the drawing has '..' at 3,0"),
        ("at 2,1", "at 5,1", "no entity has its top-left tile at 5,1"),
        ("at 2,1", "at 5;1", "expected a tile such as 3,4"),
        ('{"stack_size": 3}', "{stack", "is not JSON"),
        ('{"stack_size": 3}', '{"stack_size": "three"}', "stack_size is 'three'"),
        ("at 2,1", "around 2,1", "expected source, sink, at, order"),
        ('id "gears"', "id 3", "is not a JSON str"),
    ],
)
def test_errors_name_the_line_and_what_was_expected(old: str, new: str, message: str) -> None:
    factory = Factory(7, 4, GEARS.entities[:2], GEARS.sources, id="gears")
    with pytest.raises(FactoryError) as error:
        from_text(to_text(factory).replace(old, new, 1))
    assert message in str(error.value)


def test_text_that_ends_too_early_is_refused() -> None:
    with pytest.raises(FactoryError, match="ends too early"):
        from_text('factorion-grid 1\nid "x"\nsize 3 3\n.. .. ..\n')
    with pytest.raises(FactoryError, match="the order must name each"):
        from_text(to_text(Factory(1, 1)) + "order 1 2\n")
