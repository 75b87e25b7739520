"""Factories that somebody else proposes, such as a trained policy: where the search starts from."""

from __future__ import annotations

from factorion_cli.design.layout import MOST_BLOCKS, Record
from factorion_cli.design.plan import Plan
from factorion_cli.factory import Factory

MOST_OF_A_KIND = 6
"""Machines taken over for each recipe: a policy that has lost its way fills the ground with them."""
Block = tuple[int, int, int]


def adopt(proposal: Factory, plan: Plan, problem: Record, state: Record) -> bool:
    """Put the machines of a proposal into a random state, which keeps its own for recipes that the proposal lacks.

    Args:
        proposal: whose entities stand where things may stand.
        plan: the recipes.
        problem: what is asked.
        state: one machine for each recipe; changed in place.

    Returns:
        Whether anything was taken over; if not, the state is as it was: none of the machines is of use, or the state's
        own are in the way.
    """
    chests = int(problem["chests"])
    taken = _machines(proposal, plan)
    if not taken:
        return False
    blocks = [*taken]
    for block in range(chests, MOST_BLOCKS):
        group = int(state["group"][block])
        if group < 0 or any(group == other for other, _, _ in taken):
            continue
        own = group, int(state["x"][block]), int(state["y"][block])
        if any(_overlap(own, other, problem) for other in blocks):
            return False
        blocks.append(own)
    blocks = blocks[: MOST_BLOCKS - chests]
    state["group"][chests:] = -1
    for place, (group, x, y) in enumerate(blocks, start=chests):
        state["group"][place], state["x"][place], state["y"][place] = group, x, y
    return True


def _machines(proposal: Factory, plan: Plan) -> list[Block]:
    """(group, x, y) of its machines that make what the plan needs, the first of each kind."""
    groups = {(step.machine, step.recipe.name): number for number, step in enumerate(plan.steps)}
    found: list[Block] = []
    for entity in proposal.entities:
        group = groups.get((entity.name, entity.recipe or ""))
        if group is not None and sum(group == other for other, _, _ in found) < MOST_OF_A_KIND:
            found.append((group, entity.x, entity.y))
    return found


def _overlap(one: Block, other: Block, problem: Record) -> bool:
    (group, x, y), (another, u, v) = one, other
    width, height = problem["group_size"][group].tolist()
    wide, tall = problem["group_size"][another].tolist()
    return bool(x < u + wide and u < x + width and y < v + tall and v < y + height)
