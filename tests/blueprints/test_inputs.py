import io
import json
import zipfile
from pathlib import Path

import pytest

from factorion_cli.blueprints import encode, encode_book
from factorion_cli.blueprints.inputs import read_factories_any
from factorion_cli.blueprints.places import require_inputs
from factorion_cli.blueprints.records import Unreadable
from factorion_cli.errors import BlueprintError, UsageError
from factorion_cli.factory import Entity, Factory, factory_to_json, write_factories
from tests.blueprints.handmade import belt_line

LINE = Factory(3, 1, tuple(Entity("transport-belt", x, 0, 4) for x in range(3)), id="line")


def summary(argument: str) -> list[str]:
    return [found.kind if isinstance(found, Unreadable) else found.id for found in read_factories_any(argument)]


@pytest.mark.parametrize("suffix", ["yaml", "json", "jsonl"])
def test_factory_files_are_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"lines.{suffix}"
    write_factories(path, [LINE, LINE])
    assert list(read_factories_any(str(path))) == [LINE, LINE]


def test_blueprints_are_read_from_files_folders_and_arguments(tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_text(encode_book([LINE, LINE]))
    write_factories(tmp_path / "one.yaml", [LINE])
    (tmp_path / "raw.json").write_text(json.dumps(belt_line()))
    (tmp_path / "words.md").write_text("nothing")
    assert summary(str(tmp_path)) == ["line", "line", "line", "raw.json#0", "no-string"]
    assert list(read_factories_any(encode(LINE))) == [LINE]


@pytest.mark.parametrize("text", [encode(LINE), json.dumps(factory_to_json(LINE)), "- {id: line, size: [2, 1]}\n"])
def test_standard_input_holds_either(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert summary("-") == ["line"]


def test_one_malformed_factory_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "mixed.yaml"
    path.write_text("- {id: a, size: [1, 1]}\n- {id: b, size: large}\n- {id: c, size: [1, 1]}\n")
    assert summary(str(path)) == ["a", "malformed", "c"]


def test_a_file_that_is_no_yaml_is_malformed(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("- {id: a, size: [1, 1\n")
    assert summary(str(path)) == ["malformed"]


def test_a_path_at_which_nothing_is_raises() -> None:
    with pytest.raises(BlueprintError, match="does not exist"):
        list(read_factories_any("nowhere.yaml"))


def test_archives_and_patterns_hold_blueprints_for_every_verb(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "lines.zip", "w") as archive:
        archive.writestr("a.txt", encode(LINE))
    (tmp_path / "b.txt").write_text(encode(LINE))
    assert list(read_factories_any(str(tmp_path / "lines.zip"))) == [LINE]
    assert list(read_factories_any(f"{tmp_path}/*")) == [LINE, LINE]


def test_inputs_that_are_not_there_are_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    require_inputs(["-", str(tmp_path), f"{tmp_path}/*.txt", tmp_path / "a.txt", encode(LINE)])
    for missing, reason in ((["nowhere.txt"], "nowhere.txt does not exist"), ([f"{tmp_path}/*.bp"], "no file matches")):
        with pytest.raises(UsageError, match=reason):
            require_inputs([str(tmp_path), *missing])
    with pytest.raises(UsageError, match="no input given"):
        require_inputs([])
