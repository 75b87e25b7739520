"""LuaForce, LuaRecipe, LuaTechnology and LuaFlowStatistics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from factorion_cli.prototypes import load_table
from factorion_cli.servers.embedded.game import Game
from factorion_cli.servers.embedded.members.registry import calls, reads, writes
from factorion_cli.servers.embedded.statistics import bring_up_to_date
from factorion_cli.servers.embedded.things import Force
from factorion_cli.servers.embedded.values import ApiError, Ref, Refs, boolean_of, name_of


@reads("LuaForce", "name", "index")
def _field(game: Game, force: Force, key: str) -> Any:
    return getattr(force, key)


@reads("LuaForce", "recipes", "technologies")
def _tables(game: Game, force: Force, key: str) -> Ref:
    return Ref("LuaCustomTable", f"{force.name}:{key}")


@reads("LuaForce", "players", "connected_players")
def _players(game: Game, force: Force) -> Refs:
    return Refs("LuaPlayer", [p.index for p in game.players.values() if game.things[p.thing].force == force.name])


@calls("LuaForce", "enable_all_recipes")
def _enable_all(game: Game, force: Force) -> None:
    force.disabled_recipes.clear()


@calls("LuaForce", "research_all_technologies")
def _research_all(game: Game, force: Force, include_disabled: bool = False) -> None:
    force.disabled_recipes.clear()


@calls("LuaForce", "reset")
def _reset(game: Game, force: Force) -> None:
    force.disabled_recipes.clear()


BONUSES = (
    "inserter_stack_size_bonus",
    "bulk_inserter_capacity_bonus",
    "belt_stack_size_bonus",
    "laboratory_speed_modifier",
    "mining_drill_productivity_bonus",
)


@reads("LuaForce", *BONUSES)
def _bonus(game: Game, force: Force) -> int:
    return 0


def _set_bonus(game: Game, force: Force, value: Any) -> None:
    if value != 0:
        raise ApiError("the embedded server has no bonuses of research: its Worlds run without any")


writes("LuaForce", *BONUSES)(_set_bonus)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe as a force sees it."""

    force: Force
    name: str


@reads("LuaRecipe", "name")
def _recipe_name(game: Game, recipe: Recipe) -> str:
    return recipe.name


@reads("LuaRecipe", "enabled")
def _enabled(game: Game, recipe: Recipe) -> bool:
    return recipe.name not in recipe.force.disabled_recipes


@writes("LuaRecipe", "enabled")
def _set_enabled(game: Game, recipe: Recipe, value: Any) -> None:
    disabled = recipe.force.disabled_recipes
    (disabled.discard if boolean_of(value, "enabled") else disabled.add)(recipe.name)


@reads("LuaRecipe", "prototype")
def _recipe_prototype(game: Game, recipe: Recipe) -> Ref:
    return Ref("LuaRecipePrototype", recipe.name)


@reads("LuaRecipe", "energy")
def _recipe_energy(game: Game, recipe: Recipe) -> float:
    return load_table().recipes[recipe.name].time_s


def parts_of(parts: Any) -> list[dict[str, Any]]:
    """Ingredients or products as the game lists them."""
    return [
        {"type": "fluid" if part.fluid else "item", "name": part.name, "amount": part.amount}
        | ({"probability": part.probability} if part.probability != 1 else {})
        for part in parts
    ]


@reads("LuaRecipe", "ingredients", "products")
def _recipe_parts(game: Game, recipe: Recipe, key: str) -> list[dict[str, Any]]:
    return parts_of(getattr(load_table().recipes[recipe.name], key))


@dataclass(frozen=True, slots=True)
class Flows:
    """Statistics of a force on a surface: of items or of fluids."""

    force: Force
    surface: int
    fluid: bool


def _statistics(kind: str) -> Any:
    def get(game: Game, force: Force, surface: Any) -> Ref:
        return Ref("LuaFlowStatistics", f"{force.name}:{game.surface(surface).index}:{kind}")

    return get


calls("LuaForce", "get_item_production_statistics")(_statistics("item"))
calls("LuaForce", "get_fluid_production_statistics")(_statistics("fluid"))


def _counts(game: Game, flows: Flows, made: bool) -> dict[str, int]:
    surface = game.surfaces.get(flows.surface)
    if surface is None:
        raise ApiError("LuaFlowStatistics API call when LuaFlowStatistics was invalid.")
    bring_up_to_date(game, surface)
    counts = flows.force.made if made else flows.force.used
    fluids = load_table().fluids
    return {n: c for (at, n), c in sorted(counts.items()) if at == flows.surface and (n in fluids) == flows.fluid}


@reads("LuaFlowStatistics", "input_counts")
def _input_counts(game: Game, flows: Flows) -> dict[str, int]:
    return _counts(game, flows, made=True)


@reads("LuaFlowStatistics", "output_counts")
def _output_counts(game: Game, flows: Flows) -> dict[str, int]:
    return _counts(game, flows, made=False)


@calls("LuaFlowStatistics", "get_input_count")
def _input_count(game: Game, flows: Flows, name: Any) -> int:
    return _counts(game, flows, made=True).get(name_of(name, "an item"), 0)


@calls("LuaFlowStatistics", "get_output_count")
def _output_count(game: Game, flows: Flows, name: Any) -> int:
    return _counts(game, flows, made=False).get(name_of(name, "an item"), 0)


@calls("LuaFlowStatistics", "clear")
def _clear(game: Game, flows: Flows) -> None:
    bring_up_to_date(game, game.surfaces[flows.surface])
    for counts in (flows.force.made, flows.force.used):
        for key in [key for key in counts if key[0] == flows.surface]:
            del counts[key]
