"""What is asked for and given at each depth of the recipe tree."""

import pytest

from factorion_cli.tasks.frontiers import frontiers
from factorion_cli.tasks.recipe_tree import leading_to, rate_of_one, recipes_of, steps_to

ASSEMBLER = frozenset({"assembling-machine-1"})


@pytest.mark.parametrize(
    ("item", "depth", "given"),
    [
        ("iron-plate", 1, None),
        ("iron-gear-wheel", 1, ("iron-plate",)),
        ("iron-gear-wheel", 2, None),
        ("electronic-circuit", 1, ("copper-cable", "iron-plate")),
        ("electronic-circuit", 2, ("copper-plate", "iron-plate")),
        ("logistic-science-pack", 1, ("inserter", "transport-belt")),
        ("logistic-science-pack", 2, ("electronic-circuit", "iron-gear-wheel", "iron-plate")),
        ("logistic-science-pack", 3, ("copper-cable", "iron-plate")),
        ("logistic-science-pack", 4, ("copper-plate", "iron-plate")),
    ],
)
def test_frontiers_of_known_trees(item: str, depth: int, given: tuple[str, ...] | None) -> None:
    found = {frontier.item: frontier.given for frontier in frontiers(ASSEMBLER, depth)}
    assert found.get(item) == given


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_every_frontier_has_exactly_its_depth_and_gives_nothing_in_vain(depth: int) -> None:
    recipes = recipes_of(ASSEMBLER)
    for frontier in frontiers(ASSEMBLER, depth):
        steps = steps_to(frontier.given, recipes)
        assert steps[frontier.item] == depth
        used = {part.name for recipe in leading_to([frontier.item], recipes, steps) for part in recipe.ingredients}
        assert used.issuperset(frontier.given)


def test_no_frontier_needs_a_fluid_or_a_chance() -> None:
    items = {frontier.item for frontier in frontiers(ASSEMBLER, 1)}
    assert items.isdisjoint({"processing-unit", "concrete", "copper-bacteria", "plastic-bar"})


def test_at_depth_0_things_are_carried() -> None:
    assert all(frontier.given == (frontier.item,) for frontier in frontiers(ASSEMBLER, 0))


def test_furnaces_add_what_is_smelted() -> None:
    smelted = {found.item for found in frontiers(ASSEMBLER | {"stone-furnace"}, 1)}
    assert smelted - {found.item for found in frontiers(ASSEMBLER, 1)} >= {"iron-plate", "steel-plate"}


def test_rate_of_one_machine() -> None:
    assert rate_of_one("iron-gear-wheel", "assembling-machine-1") == pytest.approx(1.0)
    assert rate_of_one("iron-gear-wheel", "assembling-machine-2") == pytest.approx(1.5)
    assert rate_of_one("iron-plate", "stone-furnace") == pytest.approx(0.3125)
    assert rate_of_one("iron-plate", "assembling-machine-1") == 0.0
