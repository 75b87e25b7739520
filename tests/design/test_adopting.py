"""What the search takes over from a proposal."""

from factorion_cli.design.adopting import MOST_OF_A_KIND, adopt
from factorion_cli.design.kit import make_kit
from factorion_cli.design.layout import blank, size_class, state_type
from factorion_cli.design.plan import make_plan
from factorion_cli.design.problem import make_problem
from factorion_cli.factory import Entity
from factorion_cli.tasks.markers import marker_task
from tests.design.test_solve import CIRCUITS

TASK = marker_task(CIRCUITS)
PLAN = make_plan(TASK)
PROBLEM = make_problem(TASK, PLAN, make_kit(TASK), 0.0, 1000.0)


def _state(*places):
    """The first recipes' machines at these places."""
    state = blank(state_type(size_class(PROBLEM["tiles"])))
    state["group"] = -1
    for group, (x, y) in enumerate(places):
        state["group"][group], state["x"][group], state["y"][group] = group, x, y
    return state


def _blocks(state):
    rows = zip(state["group"].tolist(), state["x"].tolist(), state["y"].tolist(), strict=True)
    return [row for row in rows if row[0] >= 0]


def _machine(recipe, x, y):
    return Entity("assembling-machine-1", x, y, recipe=recipe)


def test_machines_of_a_recipe_replace_the_states_own_and_others_stay():
    names = [step.recipe.name for step in PLAN.steps]
    assert names == ["electronic-circuit", "copper-cable"]
    state = _state((1, 1), (7, 7))
    proposal = CIRCUITS.with_entities([_machine("electronic-circuit", 4, 1), _machine("electronic-circuit", 4, 4)])
    assert adopt(proposal, PLAN, PROBLEM, state)
    assert _blocks(state) == [(0, 4, 1), (0, 4, 4), (1, 7, 7)]


def test_a_state_whose_own_machine_is_in_the_way_stays_as_it_was():
    state = _state((1, 1), (5, 3))
    assert not adopt(CIRCUITS.with_entities([_machine("electronic-circuit", 4, 1)]), PLAN, PROBLEM, state)
    assert _blocks(state) == [(0, 1, 1), (1, 5, 3)]


def test_machines_of_no_use_are_left_and_there_is_a_limit_to_the_others():
    state = _state((1, 1), (7, 7))
    assert not adopt(CIRCUITS.with_entities([_machine("iron-gear-wheel", 4, 1)]), PLAN, PROBLEM, state)
    many = [_machine("copper-cable", 1 + 3 * (number % 3), 1 + 3 * (number // 3)) for number in range(8)]
    far = _state((8, 8), (1, 1))
    assert adopt(CIRCUITS.with_entities(many), PLAN, PROBLEM, far)
    assert sum(group == 1 for group, _, _ in _blocks(far)) == MOST_OF_A_KIND
