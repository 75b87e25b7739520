import subprocess
import sys
import time

import pytest

from factorion_cli.errors import DataError
from factorion_cli.prototypes import GAME_VERSION, load_table
from factorion_cli.prototypes.table import TABLE_PATH, TABLE_VERSION

TABLE = load_table()


def test_table_names_its_game_version_and_is_sorted() -> None:
    assert TABLE.game_version == GAME_VERSION
    for section in (TABLE.entities, TABLE.items, TABLE.recipes, TABLE.fluids):
        assert list(section) == sorted(section)


def test_loading_takes_well_under_a_tenth_of_a_second() -> None:
    load_table.__wrapped__()
    durations = []
    for _ in range(3):
        start = time.perf_counter()
        load_table.__wrapped__()
        durations.append(time.perf_counter() - start)
    assert min(durations) < 0.1


def test_loading_imports_nothing_heavy() -> None:
    script = (
        "import sys; from factorion_cli.prototypes import load_table; load_table();"
        "print(sorted({'draftsman', 'numpy', 'torch', 'numba', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_unknown_names_are_data_errors_that_name_them() -> None:
    with pytest.raises(DataError, match=f"'warp-belt' \\(game {GAME_VERSION}\\); is it from a mod"):
        TABLE.entity("warp-belt")
    with pytest.raises(DataError, match="no vanilla recipe is called 'warp'"):
        TABLE.recipe("warp")


def test_recipes_of_a_machine_are_those_of_its_categories() -> None:
    furnace = {recipe.name for recipe in TABLE.recipes_for("stone-furnace")}
    assert {"iron-plate", "copper-plate", "steel-plate", "stone-brick"} <= furnace
    assert "iron-gear-wheel" not in furnace
    assert not any(recipe.has_fluid for recipe in TABLE.recipes_for("assembling-machine-1"))
    assert any(recipe.has_fluid for recipe in TABLE.recipes_for("assembling-machine-2"))
    assert TABLE.recipes_for("transport-belt") == ()


def test_east_and_west_swap_the_footprint() -> None:
    splitter = TABLE.entity("splitter")
    assert [splitter.size(direction) for direction in (0, 4, 8, 12)] == [(2, 1), (1, 2), (2, 1), (1, 2)]


def test_oblong_entities_turn() -> None:
    assert all(entity.rotatable for entity in TABLE.entities.values() if entity.width != entity.height)


def test_committed_table_is_what_the_game_data_gives() -> None:
    import json

    from factorion_cli.prototypes.extract import extract

    committed = json.loads(TABLE_PATH.read_text(encoding="utf-8"))
    fresh = json.loads(json.dumps(extract()))
    assert committed["table_version"] == TABLE_VERSION
    for section in ("entities", "items", "recipes", "fluids"):
        changed = {name for name in committed[section] if committed[section][name] != fresh[section].get(name)}
        assert not changed
        assert list(committed[section]) == list(fresh[section])
    assert committed == fresh


def test_writing_the_table_gives_the_committed_bytes(tmp_path) -> None:
    from factorion_cli.prototypes.extract import main

    main(tmp_path / "table.json")
    assert (tmp_path / "table.json").read_bytes() == TABLE_PATH.read_bytes()
