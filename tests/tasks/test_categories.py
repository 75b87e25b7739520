"""What designs are for."""

from __future__ import annotations

import pytest

from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.geometry import EAST
from factorion_cli.tasks import category
from tests.tasks import designs


def machines(*recipes: str, name: str = "assembling-machine-2") -> Factory:
    return designs.design(*(Entity(name, 4 * place, 0, recipe=recipe) for place, recipe in enumerate(recipes)))


@pytest.mark.parametrize(
    ("design", "expected"),
    [
        (designs.design(*designs.line(0, 0, EAST, 3)), "belts"),
        (designs.two_by_two(), "belts"),
        (designs.two_by_two().adding(Entity("splitter", 6, 0, EAST)), "balancer"),
        (designs.smelter_column(), "smelting"),
        (designs.cable_and_circuits(), "circuits"),
        (machines("logistic-science-pack", "inserter", "transport-belt"), "science"),
        (machines("inserter", "transport-belt", "stone-furnace"), "mall"),
        (machines("iron-gear-wheel"), "production"),
        (machines("plastic-bar", "sulfur", name="chemical-plant"), "oil"),
        (designs.design(Entity("electric-mining-drill", 0, 0), *designs.line(3, 0, EAST, 2)), "mining"),
        (designs.design(Entity("solar-panel", 0, 0)), "power"),
        (designs.design(Entity("small-lamp", 0, 0)), "other"),
        (designs.chest_to_chest(), "other"),
    ],
)
def test_category_follows_from_entities_and_recipes(design: Factory, expected: str):
    assert category(design) == expected


def test_the_label_breaks_ties():
    even = machines("iron-gear-wheel", "copper-cable")
    assert category(even, "gear production") == "production"
    assert category(even, "my circuits") == "circuits"
