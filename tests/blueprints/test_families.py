from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from factorion_cli.blueprints.families import assign_families, similarity, tokens, windows
from factorion_cli.blueprints.keys import SYMMETRIES, design_key
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.symmetry import mirror, rotate
from tests.strategies import factories

TIERS = {"transport-belt": "express-transport-belt", "splitter": "fast-splitter", "inserter": "bulk-inserter"}


def smelting_column(length: int) -> Factory:
    """Furnaces on both sides of an output belt, fed by two outer belts."""
    entities = []
    for row in range(length):
        entities += [Entity("transport-belt", x, row, 8) for x in (0, 5, 10)]
    for row in range(0, length - 1, 2):
        for feed, furnace, give in ((1, 2, 4), (9, 7, 6)):
            entities += [
                Entity("inserter", feed, row, 12 if feed == 1 else 4),
                Entity("stone-furnace", furnace, row),
                Entity("inserter", give, row, 12 if give == 4 else 4),
            ]
    return Factory(11, length, tuple(entities))


def gear_cell(recipe: str = "iron-gear-wheel") -> Factory:
    entities = [Entity("transport-belt", x, 0, 4) for x in range(12)] + [
        Entity("transport-belt", x, 6, 4) for x in range(12)
    ]
    for left in (0, 4, 8):
        entities += [
            Entity("inserter", left + 1, 1),
            Entity("assembling-machine-1", left, 2, recipe=recipe),
            Entity("inserter", left + 1, 5),
            Entity("small-electric-pole", left + 3, 3),
        ]
    return Factory(12, 7, tuple(entities))


def lane_weaver(width: int) -> Factory:
    """Splitters that meander with undergrounds between them."""
    entities = []
    for x in range(0, width, 4):
        entities += [
            Entity("splitter", x, 0, 0),
            Entity("transport-belt", x, 1, 0),
            Entity("transport-belt", x + 1, 1, 12),
            Entity("underground-belt", x + 2, 1, 12, underground_type="output"),
            Entity("underground-belt", x + 2, 4, 0, underground_type="input"),
            Entity("splitter", x, 2, 8),
            Entity("transport-belt", x, 3, 4),
        ]
    return Factory(width, 5, tuple(entities))


def retiered(factory: Factory) -> Factory:
    return factory.with_entities(replace(part, name=TIERS.get(part.name, part.name)) for part in factory.entities)


@given(factory=factories(endpoints=False), symmetry=st.sampled_from(SYMMETRIES))
@settings(max_examples=60, deadline=None)
def test_images_of_a_design_have_the_same_windows(factory: Factory, symmetry) -> None:
    turns, mirrored = symmetry
    image = rotate(mirror(factory) if mirrored else factory, turns)
    assert sorted(windows(image)) == sorted(windows(factory))


def test_variants_fall_into_one_family_and_designs_stay_apart() -> None:
    bases = [smelting_column(24), gear_cell(), lane_weaver(24)]
    variants = []
    for base in bases:
        nearly = base.without([len(base.entities) // 2])
        variants.append([base, rotate(base), mirror(base), retiered(base), nearly, rotate(mirror(nearly), 3)])
    variants[0].append(smelting_column(28))
    variants[1].append(gear_cell("pipe"))
    families = assign_families([design for group in variants for design in group])
    sizes = [len(group) for group in variants]
    groups = [set(families[sum(sizes[:n]) : sum(sizes[: n + 1])]) for n in range(3)]
    assert [len(group) for group in groups] == [1, 1, 1]
    assert len(set.union(*groups)) == 3
    assert all(min(map(design_key, group)) in families for group in variants)


def test_families_do_not_depend_on_the_order() -> None:
    designs = (
        [smelting_column(n) for n in (6, 10, 16, 24, 32)] + [lane_weaver(n) for n in (8, 12, 40)] + [gear_cell()] * 2
    )
    expected = assign_families(designs)
    order = np.random.default_rng(7).permutation(len(designs))
    shuffled = assign_families([designs[index] for index in order])
    assert [expected[index] for index in order] == shuffled


def test_empty_designs_are_one_family_of_their_own() -> None:
    families = assign_families([Factory(3, 3), gear_cell(), Factory(5, 5)])
    assert families[0] == families[2] != families[1]
    assert assign_families([]) == []


def test_copies_count_but_ever_less() -> None:
    few, many, more = (tokens(smelting_column(length)) for length in (4, 40, 44))
    assert similarity(many, more) > 0.9
    assert similarity(few, many) < 0.4
    assert similarity(many, many) == similarity(tokens(Factory(1, 1)), tokens(Factory(1, 1))) == 1.0


def test_unrelated_designs_stay_apart() -> None:
    rng = np.random.default_rng(3)
    designs = []
    for _ in range(100):
        places = rng.choice(400, size=80, replace=False)
        facings = rng.integers(0, 4, size=80) * 4
        belts = zip(places.tolist(), facings.tolist(), strict=True)
        designs.append(Factory(20, 20, tuple(Entity("transport-belt", p % 20, p // 20, d) for p, d in belts)))
    assert len(set(assign_families(designs))) == 100
