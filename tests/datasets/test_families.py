"""Near-copies are one family, whatever is read later moves nobody, and nothing carries a design across splits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from factorion_cli.blueprints.keys import design_key
from factorion_cli.blueprints.likeness import HASHES, signature
from factorion_cli.datasets.families import Families
from factorion_cli.datasets.split import split_of
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.symmetry import mirror, rotate
from tests.blueprints.test_likeness import gear_cell, lane_weaver, retiered, smelting_column


def assigned(designs: list[Factory], families: Families | None = None) -> list[str | None]:
    families = families or Families()
    return [families.assign(design_key(design), signature(design)) for design in designs]


def variants(design: Factory) -> list[Factory]:
    """Copies of a design, turned, mirrored, of other tiers, and with one entity gone."""
    nearly = design.without([len(design.entities) // 2])
    return [design, rotate(design), mirror(design), retiered(design), nearly, rotate(mirror(nearly), 3)]


def test_variants_fall_into_one_family_and_designs_stay_apart() -> None:
    groups = [variants(smelting_column(24)), variants(gear_cell()), variants(lane_weaver(24))]
    groups[0].append(smelting_column(28))
    groups[1].append(gear_cell("pipe"))
    families = assigned([design for group in groups for design in group])
    sizes = [len(group) for group in groups]
    found = [set(families[sum(sizes[:n]) : sum(sizes[: n + 1])]) for n in range(3)]
    assert found == [{design_key(group[0])} for group in groups]


def test_an_edit_of_a_small_design_stays_in_its_family() -> None:
    belts = [Entity("transport-belt", x, 0, 4) for x in range(8)]
    arms = [Entity("inserter", 3, 1, 12), Entity("inserter", 7, 1, 12)]
    others = [Entity("assembling-machine-1", 4, 1), Entity("wooden-chest", 8, 1), Entity("small-electric-pole", 3, 2)]
    cell = Factory(9, 4, (*belts, *arms, *others))
    for index, entity in enumerate(cell.entities):
        rest = cell.without([index])
        moved = rest.with_entities([*rest.entities, replace(entity, y=entity.y + 5)])
        assert set(assigned([cell, rest, moved])) == {design_key(cell)}


def test_later_designs_move_nobody() -> None:
    first = [smelting_column(length) for length in (6, 10, 16)] + [gear_cell(), lane_weaver(8)]
    later = [smelting_column(length) for length in (8, 12, 13, 14, 20)] + [lane_weaver(9), lane_weaver(12)]
    assert assigned([*first, *later])[: len(first)] == assigned(first)


def test_pinned_families_hold_when_designs_come_before_them() -> None:
    old = [smelting_column(24), gear_cell()]
    before = assigned(old)
    families = Families()
    for design, family in zip(old, before, strict=True):
        assert family is not None
        families.pin(design_key(design), family, signature(design))
    assert assigned([smelting_column(28), rotate(gear_cell()), *old], families) == [*before, *before]


def test_bridge_between_two_splits_is_left_out() -> None:
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 60000, (2, 2, HASHES)).astype(np.uint16)
    hashes[1, :, :40] = hashes[0, :, :40]
    bridge = hashes[0].copy()
    bridge[:, 84:] = hashes[1][:, 84:]
    homes = {split_of(name): name for name in map(str, range(100))}
    families = Families()
    assert families.assign(homes["train"], hashes[0]) == homes["train"]
    assert families.assign(homes["test"], hashes[1]) == homes["test"]
    assert families.assign("bridge", bridge) is None
    assert families.assign("copy", hashes[0]) == homes["train"]


def test_unrelated_designs_stay_apart() -> None:
    rng = np.random.default_rng(3)
    designs = []
    for _ in range(100):
        places = rng.choice(400, size=80, replace=False)
        facings = rng.integers(0, 4, size=80) * 4
        belts = zip(places.tolist(), facings.tolist(), strict=True)
        designs.append(Factory(20, 20, tuple(Entity("transport-belt", p % 20, p // 20, d) for p, d in belts)))
    assert len(set(assigned(designs))) == 100


def test_sources_that_are_held_out_are_the_test_split_and_share_nothing_with_the_others() -> None:
    ours, theirs = ["ann/belts.txt", "ann/gears.txt"], ["bob/cells.txt"]
    families = Families(test_sources=["bob/*"])
    designs = [(smelting_column(24), ours[0]), (gear_cell(), theirs[0]), (lane_weaver(24), ours[1])]
    named = [families.assign(design_key(design), signature(design), source) for design, source in designs]
    assert [split_of(family or "") == "test" for family in named] == [False, True, False]
    copied = families.assign("copy", signature(rotate(smelting_column(24))), theirs[0])
    lent = families.assign("lent", signature(rotate(gear_cell())), ours[0])
    assert copied is None
    assert lent is None
