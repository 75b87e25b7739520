import re
from importlib.util import find_spec
from pathlib import Path

from factorion_cli.prototypes import load_table
from factorion_cli.prototypes.expansions import EXPANSION_OF


def defined(*expansions: str) -> set[str]:
    spec = find_spec("draftsman")
    assert spec is not None
    assert spec.origin is not None
    sources = [
        path for name in expansions for path in (Path(spec.origin).parent / "factorio-data" / name).rglob("*.lua")
    ]
    return {name for path in sources for name in re.findall(r'name\s*=\s*"([a-z0-9-]+)"', path.read_text("utf-8"))}


def test_the_base_game_defines_nothing_that_an_expansion_is_said_to_bring() -> None:
    assert not EXPANSION_OF.keys() & defined("base", "core")


def test_everything_else_of_the_table_is_the_base_games() -> None:
    table = load_table()
    made = {name for name in table.recipes if name.endswith("-barrel")}  # the game makes these itself, for each fluid
    assert table.entities.keys() | table.recipes.keys() >= EXPANSION_OF.keys()
    assert (table.entities.keys() | table.recipes.keys()) - EXPANSION_OF.keys() - made <= defined("base", "core")
