"""What the rows of a batch share: recipes as rates, what furnaces choose from, and what burns."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from factorion_cli.arrays import IntArray
from factorion_cli.prototypes import load_table
from factorion_cli.simulation import crafting
from factorion_cli.simulation.batch import RECIPE, item_names, item_numbers, records_of
from factorion_cli.simulation.drilling import Ground
from factorion_cli.simulation.growing import Growing
from factorion_cli.simulation.layout import MAX_INPUTS, MAX_OUTPUTS, RecordArray


class Stock:
    """Plans, choices and fuels, each once. Whatever has a number keeps it, so a stock may serve many batches."""

    def __init__(self) -> None:
        self._plans: list[dict[str, Any]] = []
        self._choices: list[int] = []
        self._fuels: dict[str, int] = {}
        # Plans are kept beside their rows, so that an identity is never given to another one.
        self._known_plans: dict[int, tuple[int, crafting.Plan]] = {}
        self._known_choices: dict[tuple[int, ...], int] = {}
        self._known_mines: dict[tuple[tuple[crafting.Plan, ...], tuple[tuple[int, int], ...]], int] = {}
        self._plan_rows, self._choice_rows = Growing(RECIPE), Growing(np.int32)
        self._fuel_rows = np.zeros((0, len(item_names())))

    def plan(self, plan: crafting.Plan) -> int:
        """The number of a plan."""
        known = self._known_plans.get(id(plan))
        if known is not None:
            return known[0]
        number = self._append(_recipe(plan))
        self._known_plans[id(plan)] = (number, plan)
        return number

    def is_wet(self, plan: int) -> bool:
        """Whether a plan (by number) takes or makes fluids."""
        recipe = self._plans[plan]
        return any(recipe["in_fluid"]) or any(recipe["out_fluid"])

    def makes_of_nothing(self, plan: int) -> bool:
        """Whether a plan (by number) needs nothing that belts or arms bring: fluids at most, or the ground."""
        recipe = self._plans[plan]
        return all(recipe["in_fluid"][: recipe["inputs"]])

    def mine(self, ground: Ground) -> int:
        """The number of the plan that is the mean of what a drill does: it goes through its tiles in turn."""
        key = tuple(sorted(Counter(ground.kinds).items()))
        if (ground.plans, key) not in self._known_mines:
            mean = _mean_recipe([(ground.plans[kind], count) for kind, count in key])
            self._known_mines[ground.plans, key] = self._append(mean)
        return self._known_mines[ground.plans, key]

    def choice(self, plans: tuple[crafting.Plan, ...]) -> int:
        """Where the plans by item of a furnace that has these plans begin."""
        key = tuple(self.plan(plan) for plan in plans)
        if key not in self._known_choices:
            self._known_choices[key] = len(self._choices)
            by_item = [-1] * len(item_names())
            for plan, number in zip(plans, key, strict=True):
                by_item[item_numbers()[plan.inputs[0].item]] = number
            self._choices += by_item
        return self._known_choices[key]

    def fuel(self, category: str) -> int:
        """The number of a kind of fuel."""
        if category not in self._fuels:
            self._fuels[category] = len(self._fuels)
        return self._fuels[category]

    def arrays(self) -> tuple[RecordArray, IntArray, NDArray[np.float64]]:
        """`plans`, `choices` and `fuels` of a FactoryBatch; what is new since the last time is added to them."""
        if len(self._plans) > len(self._plan_rows):
            self._plan_rows.extend(records_of(RECIPE, self._plans[len(self._plan_rows) :]))
        self._choice_rows.extend(self._choices[len(self._choice_rows) :])
        if len(self._fuels) > len(self._fuel_rows):
            self._fuel_rows = self._fuel_values()
        # Compiled code is given at least one of each.
        plans = self._plan_rows.array if self._plans else records_of(RECIPE, [])
        choices = self._choice_rows.array if self._choices else np.array([-1], np.int32)
        return plans, choices, self._fuel_rows if self._fuels else np.zeros((1, len(item_names())))

    def _append(self, recipe: dict[str, Any]) -> int:
        self._plans.append(recipe)
        return len(self._plans) - 1

    def _fuel_values(self) -> NDArray[np.float64]:
        table = load_table().items
        fuels = np.zeros((len(self._fuels), len(item_names())))
        for category, row in self._fuels.items():
            for name, number in item_numbers().items():
                if name in table and category in table[name].fuel_categories:
                    fuels[row, number] = table[name].fuel_j
        return fuels


def _recipe(plan: crafting.Plan) -> dict[str, Any]:
    bonus = plan.bonus / plan.bonus_full
    extra = [part.bonus_micro / crafting.MICRO if bonus else 0.0 for part in plan.outputs]
    made = [-(-part.micro // crafting.MICRO) for part in plan.outputs]
    spare = [part.capacity - pieces for part, pieces in zip(plan.outputs, made, strict=True)]
    return {
        "crafts": 60 * plan.rate / plan.work,
        "inputs": len(plan.inputs),
        "outputs": len(plan.outputs),
        "in_item": _padded([item_numbers()[part.item] for part in plan.inputs], MAX_INPUTS),
        "in_amount": _padded([float(part.amount) for part in plan.inputs], MAX_INPUTS),
        "in_fluid": _padded([int(part.fluid) for part in plan.inputs], MAX_INPUTS),
        "out_item": _padded([item_numbers()[part.item] for part in plan.outputs], MAX_OUTPUTS),
        "out_amount": _padded(
            [part.micro / crafting.MICRO + bonus * more for part, more in zip(plan.outputs, extra, strict=True)],
            MAX_OUTPUTS,
        ),
        "out_fluid": _padded([int(part.fluid) for part in plan.outputs], MAX_OUTPUTS),
        "out_spare": _padded(spare, MAX_OUTPUTS),
        "out_bonus": _padded(extra, MAX_OUTPUTS),
        "bonus": bonus,
        "tight": int(
            any(
                room < pieces + more
                for part, room, pieces, more in zip(plan.outputs, spare, made, extra, strict=True)
                if not part.fluid and pieces
            )
        ),
    }


def _mean_recipe(mix: list[tuple[crafting.Plan, int]]) -> dict[str, Any]:
    """Plans that are done in turn, each so many times, as one: all have the same products."""
    recipes = [(_recipe(plan), count) for plan, count in mix]
    whole = sum(count for _, count in recipes)
    mean = recipes[0][0]
    mean["crafts"] = whole / sum(count / recipe["crafts"] for recipe, count in recipes)
    for k in range(MAX_OUTPUTS):
        mean["out_amount"][k] = sum(recipe["out_amount"][k] * count for recipe, count in recipes) / whole
    wet = [(recipe, count) for recipe, count in recipes if recipe["inputs"]]
    if wet:
        for name in ("inputs", "in_item", "in_fluid"):
            mean[name] = wet[0][0][name]
        needed = sum(recipe["in_amount"][0] * count for recipe, count in wet) / whole
        mean["in_amount"] = _padded([needed], MAX_INPUTS)
    return mean


def _padded(values: list[Any], width: int) -> list[Any]:
    return values + [0] * (width - len(values))
