import io
import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factorion_cli.blueprints import Print, Unreadable, read_prints, to_factory, without_mods
from factorion_cli.blueprints.exchange import pack
from factorion_cli.blueprints.inputs import as_factory
from factorion_cli.blueprints.reader import flatten
from factorion_cli.errors import BlueprintError
from tests.blueprints.handmade import (
    V1_1,
    belt_line,
    blueprint,
    book,
    entity,
    line_string,
    only_failure,
    only_print,
    prints,
)

UPGRADE = {"upgrade_planner": {"item": "upgrade-planner", "settings": {}}}
DECONSTRUCTION = {"deconstruction_planner": {"item": "deconstruction-planner"}}


def test_a_print_knows_its_label_version_and_source() -> None:
    found = only_print(belt_line(label="Main line", version=V1_1))
    assert (found.label, found.game_version, found.source) == ("Main line", "1.1.53", "string#0")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plain.txt", lambda text: text),
        ("bom.blueprint", lambda text: "\ufeff" + text),
        ("spaces.bp", lambda text: f"  {text}  \r\n\r\n"),
        ("wrapped.txt", lambda text: "\r\n".join(textwrap.wrap(text, 76))),
        ("note.md", lambda text: f"# Belts\n\n```\n{text}\n```\n"),
        ("code.cs", lambda text: f'const string Line = "{text}";\n'),
        ("quoted.json", lambda text: json.dumps(text)),
        ("inside.json", lambda text: json.dumps({"title": "x", "data": [{"string": text}]})),
        ("raw.json", lambda text: json.dumps(belt_line())),
        ("naked.json", lambda text: json.dumps(belt_line()["blueprint"])),
        ("list.json", lambda text: json.dumps([belt_line()])),
        ("ünï cödé 铁.txt", lambda text: text),
    ],
)
def test_every_form_of_file_gives_its_print(tmp_path: Path, name: str, content) -> None:
    path = tmp_path / name
    path.write_bytes(content(line_string()).encode())
    (found,) = read_prints(path)
    assert isinstance(found, Print)
    assert found.source == f"{name}#0"
    assert len(to_factory(found).entities) == 3


def test_utf_16_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "notepad.txt"
    path.write_bytes(line_string().encode("utf-16"))
    assert len(prints(path)) == 1


def test_a_folder_is_read_in_order_and_nothing_stops_it(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "packed.txt").write_text(line_string())
    (tmp_path / "b" / "two.txt").write_text(f"{line_string(4)}\n{line_string(5)}")
    (tmp_path / "a.txt").write_text(line_string(3)[:40])
    (tmp_path / "c.md").write_text("Only words.")
    (tmp_path / "d.png").write_bytes(b"\x89PNG\0\0")
    found = list(read_prints(tmp_path))
    summary = [(part.source, part.kind if isinstance(part, Unreadable) else "print") for part in found]
    assert summary == [
        ("a.txt#0", "damaged"),
        ("b/two.txt#0", "print"),
        ("b/two.txt#1", "print"),
        ("c.md", "no-string"),
        ("d.png", "unreadable-file"),
    ]


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(line_string().encode())))
    assert [found.source for found in prints("-")] == ["-#0"]


def test_a_str_that_names_a_file_is_that_file(tmp_path: Path) -> None:
    path = tmp_path / "line.txt"
    path.write_text(line_string())
    assert [found.source for found in prints(str(path))] == ["line.txt#0"]


@pytest.mark.parametrize("missing", ["nowhere/blueprints.txt", "averylongnamewithoutanyending"])
def test_a_path_at_which_nothing_is_raises(missing: str) -> None:
    with pytest.raises(BlueprintError, match="does not exist"):
        list(read_prints(missing))


def test_books_are_flattened_and_one_bad_child_costs_only_itself() -> None:
    inner = book(belt_line(label="one"), None, belt_line(label="two"), label="inner")
    outer = book(
        UPGRADE, inner, {"blueprint": {"entities": "?"}}, DECONSTRUCTION, belt_line(label="three"), label="outer"
    )
    found = list(read_prints(pack(outer)))
    assert [(part.source, part.label, part.books) for part in found if isinstance(part, Print)] == [
        ("string#0/1/0", "one", ("outer", "inner")),
        ("string#0/1/2", "two", ("outer", "inner")),
        ("string#0/4", "three", ("outer",)),
    ]
    assert [(part.source, part.kind) for part in found if isinstance(part, Unreadable)] == [
        ("string#0/0", "planner"),
        ("string#0/1/1", "malformed"),
        ("string#0/2", "malformed"),
        ("string#0/3", "planner"),
    ]


def test_books_nested_without_end_are_refused() -> None:
    document = belt_line()
    for _ in range(70):
        document = book(document)
    assert only_failure(json.dumps(document)).kind == "malformed"


@pytest.mark.parametrize(
    ("document", "kind", "reason"),
    [
        (UPGRADE, "planner", "upgrade planner"),
        (DECONSTRUCTION, "planner", "deconstruction planner"),
        (blueprint(), "empty", "empty blueprint"),
        (book(), "empty", "empty book"),
        (blueprint(tiles=[{"name": "concrete", "position": {"x": 0, "y": 0}}]), "tiles-only", "1 floor tiles"),
        (blueprint({"name": "inserter"}), "malformed", "none of its entities has a name and a position"),
        ({"something": {}}, "malformed", "found something, expected blueprint"),
    ],
)
def test_what_holds_no_entities_is_named(document, kind: str, reason: str) -> None:
    failure = only_failure(pack(document))
    assert failure.kind == kind
    assert reason in failure.reason


def test_modded_entities_and_recipes_are_named() -> None:
    found = only_print(
        blueprint(
            entity("ultra-fast-belt", 0.5, 0.5),
            entity("transport-belt", 1.5, 0.5),
            entity("assembling-machine-2", 4.5, 1.5, recipe="bob-greenhouse"),
            entity("assembling-machine-2", 7.5, 1.5, recipe="rocket-control-unit"),
            entity("assembling-machine-2", 10.5, 1.5, recipe="parameter-0"),
        )
    )
    assert found.modded == ("bob-greenhouse", "ultra-fast-belt")
    assert to_factory(found).metadata["unknown"] == {"ultra-fast-belt": 1}


_scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 20), st.floats(), st.sampled_from(("coal", "left", "pipe"))
)
_keys = st.sampled_from(("name", "position", "x", "y", "items", "in_inventory", "id", "stack", "count", "filters",
                         "index", "factorion", "sources", "entity", "kind", "recipe"))  # fmt: skip
_json = st.recursive(
    _scalars, lambda part: st.one_of(st.lists(part, max_size=3), st.dictionaries(_keys, part, max_size=3))
)
_fields = st.sampled_from(("direction", "items", "filters", "filter", "tags", "type", "recipe", "quality",
                           "use_filters", "override_stack_size", "mirror", "input_priority", "name",
                           "position"))  # fmt: skip
_names = st.sampled_from(("inserter", "splitter", "assembling-machine-2", "filter-inserter", "straight-rail", "ghost"))


@given(
    names=st.lists(_names, max_size=3),
    fields=st.lists(st.dictionaries(_fields, _json, max_size=4), min_size=3, max_size=3),
    around=st.dictionaries(st.sampled_from(("version", "description", "label", "entities", "tiles", "wires")), _json),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_json_of_a_stranger_raises_anything(names, fields, around) -> None:
    rows = [entity(name, 2 * x + 0.5, 0.5) | fields[x] for x, name in enumerate(names)]
    for found in flatten({"blueprint": {"entities": rows} | around}, "fuzz"):
        if isinstance(found, Print):
            assert as_factory(found) is not None


@pytest.mark.parametrize("tags", [5, {"sources": 5}, {"sources": [5]}, {"entity": 5}, {"sinks": [{"kind": "belt"}]}])
def test_marks_that_a_stranger_wrote_are_a_reason_not_a_crash(tags) -> None:
    found = only_print(blueprint(entity("transport-belt", 0.5, 0.5, tags={"factorion": tags})))
    outcome = as_factory(found)
    assert tags == 5 or isinstance(outcome, Unreadable)


def test_a_print_as_wide_as_the_map_is_refused() -> None:
    found = only_print(blueprint(entity("pipe", -900_000.5, 0.5), entity("pipe", 900_000.5, 0.5)))
    with pytest.raises(BlueprintError, match="1800001 x 0 tiles"):
        to_factory(found)


def test_the_room_does_not_import_draftsman() -> None:
    code = "import sys, factorion_cli.blueprints; sys.exit('draftsman' in sys.modules or 'yaml' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_expansions_of_the_game_are_named_and_are_no_mods() -> None:
    found = only_print(
        blueprint(
            entity("turbo-transport-belt", 0.5, 0.5),
            entity("assembling-machine-3", 4.5, 1.5, recipe="tungsten-carbide", quality="rare"),
        )
    )
    assert (found.modded, found.expansions) == ((), ("quality", "space-age"))
    assert only_print(belt_line()).expansions == ()


def test_what_is_of_mods_is_known_by_tile_until_it_is_forgotten() -> None:
    found = only_print(
        blueprint(
            entity("transport-belt", 100.5, 7.5),
            entity("ultra-fast-belt", 101.5, 7.5),
            entity("assembling-machine-2", 104.5, 8.5, recipe="bob-greenhouse"),
        )
    )
    factory = to_factory(found)
    assert factory.metadata["modded_at"] == [["ultra-fast-belt", 1, 0], ["bob-greenhouse", 4, 1]]
    assert "modded_at" not in without_mods(factory).metadata
    assert without_mods(factory).entities == factory.entities
