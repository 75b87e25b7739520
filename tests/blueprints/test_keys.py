from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factorion_cli.blueprints.keys import SYMMETRIES, canonical_key, class_of, design_key, layout
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.symmetry import mirror, rotate
from factorion_cli.prototypes import load_table
from tests.strategies import factories

CELL = Factory(
    6, 4,
    (
        Entity("assembling-machine-1", 0, 0, recipe="iron-gear-wheel"),
        Entity("inserter", 3, 1, 4),
        Entity("splitter", 4, 1, 0, output_priority="left"),
        Entity("underground-belt", 4, 2, 8, underground_type="input"),
    ),
)  # fmt: skip


def turned(factory: Factory, turns: int, mirrored: bool) -> Factory:
    return rotate(mirror(factory) if mirrored else factory, turns)


@given(factory=factories(endpoints=False), symmetry=st.sampled_from(SYMMETRIES))
@settings(max_examples=60, deadline=None)
def test_arrays_are_turned_as_factories_are(factory: Factory, symmetry) -> None:
    assert layout(factory).transformed(*symmetry).digest() == design_key(turned(factory, *symmetry))


@given(factory=factories(endpoints=False), symmetry=st.sampled_from(SYMMETRIES), coarse=st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_canonical_key_is_that_of_every_image(factory: Factory, symmetry, coarse: bool) -> None:
    assert canonical_key(turned(factory, *symmetry), coarse) == canonical_key(factory, coarse)


def test_moving_reordering_and_endpoints_leave_the_key_alone() -> None:
    moved = [replace(entity, x=entity.x + 7, y=entity.y + 9) for entity in reversed(CELL.entities)]
    assert design_key(Factory(20, 20, tuple(moved), id="other")) == design_key(CELL)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "fast-inserter"},
        {"direction": 12},
        {"x": 4, "y": 0},
        {"filters": ("coal",)},
        {"quality": "rare"},
        {"stack_size": 2},
    ],
)
def test_every_change_of_an_entity_changes_the_key(change) -> None:
    changed = CELL.with_entities((CELL.entities[0], replace(CELL.entities[1], **change), *CELL.entities[2:]))
    assert design_key(changed) != design_key(CELL)


def test_the_design_key_tells_images_apart_and_the_coarse_one_joins_tiers() -> None:
    assert design_key(rotate(CELL)) != design_key(CELL)
    other = CELL.with_entities(
        (
            Entity("assembling-machine-3", 0, 0, recipe="pipe", modules=("speed-module",)),
            Entity("bulk-inserter", 3, 1, 4, filters=("coal",)),
            Entity("express-splitter", 4, 1, 0, output_priority="left"),
            Entity("fast-underground-belt", 4, 2, 8, underground_type="input"),
        )
    )
    assert canonical_key(other) != canonical_key(CELL)
    assert canonical_key(other, coarse=True) == canonical_key(CELL, coarse=True)
    long_armed = CELL.with_entities((CELL.entities[0], Entity("long-handed-inserter", 3, 1, 4), *CELL.entities[2:]))
    assert canonical_key(long_armed, coarse=True) != canonical_key(CELL, coarse=True)


def test_keys_are_stable() -> None:
    assert design_key(CELL).startswith("e25e17dd78e980bf")
    assert design_key(Factory(3, 3)) == canonical_key(Factory(9, 1))


def test_every_vanilla_entity_has_a_class() -> None:
    assert len({class_of(prototype) for prototype in load_table().entities.values()}) > 50
