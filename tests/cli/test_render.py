import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image

from factorion_cli.blueprints import encode, encode_book
from factorion_cli.cli.inputs import Unusable, read_inputs
from factorion_cli.cli.render import render
from factorion_cli.errors import DataError, UsageError
from factorion_cli.factory import Entity, Factory, Source, write_factories
from factorion_cli.factory.text_grid import from_text, to_text

BELT = Factory(3, 1, tuple(Entity("transport-belt", x, 0, 4) for x in range(3)), id="a belt")
GEARS = Factory(
    5,
    3,
    (Entity("inserter", 1, 1, 12), Entity("assembling-machine-1", 2, 0, recipe="iron-gear-wheel")),
    (Source("S", "chest", 0, 1, "iron-plate"),),
    id="gears",
)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    write_factories(tmp_path / "both.yaml", [BELT, GEARS])
    write_factories(tmp_path / "gears.json", [GEARS])
    write_factories(tmp_path / "lines.jsonl", [BELT, GEARS])
    (tmp_path / "belt.txt").write_text(encode(BELT, label="just [color=red]a belt[/color]"))
    (tmp_path / "grid.txt").write_text(to_text(GEARS))
    return tmp_path


def picture(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(path.read_bytes()))


def draw(inputs: list[Path | str], out: Path, **options: object) -> None:
    settings = {"form": None, "scale": 16, "title": None, "supply_areas": False, "as_json": False} | options
    render([str(name) for name in inputs], out, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["both.yaml", "gears.json", "lines.jsonl", "belt.txt", "grid.txt"])
def test_every_form_of_input_is_drawn(files: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    draw([files / name], files / "out")
    printed = capsys.readouterr()
    paths = [Path(line) for line in printed.out.splitlines()]
    assert sorted((files / "out").iterdir()) == sorted(paths)
    assert all(picture(path).format == "PNG" for path in paths)
    assert printed.err == ""


def test_suffix_of_the_output_chooses_the_form(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for suffix in ("png", "svg", "txt"):
        draw([files / "gears.json"], files / f"picture.{suffix}")
    assert picture(files / "picture.png").size == (6 * 16, 4 * 16)
    assert ET.parse(files / "picture.svg").getroot().attrib["width"] == str(6 * 16)
    assert from_text((files / "picture.txt").read_text()) == GEARS


def test_files_in_a_folder_are_named_after_label_or_id_and_never_overwrite_each_other(files: Path, capsys) -> None:
    draw([files / "both.yaml", files / "gears.json", files / "belt.txt"], files / "out", form="svg")
    names = {path.name for path in (files / "out").iterdir()}
    assert names == {"a-belt.svg", "gears.svg", "gears-2.svg", "just-a-belt.svg"}


def test_books_and_folders_are_walked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "prints"
    folder.mkdir()
    (folder / "book.txt").write_text(encode_book([BELT, GEARS], label="book"))
    (folder / "gears.txt").write_text(encode(GEARS))
    draw([folder], tmp_path / "out", as_json=True)
    rows = json.loads(capsys.readouterr().out)
    assert [row["size"] for row in rows] == [[3, 1], [5, 3], [5, 3]]
    assert all(Path(row["path"]).is_file() for row in rows)


def test_a_blueprint_string_and_standard_input_are_inputs(tmp_path: Path, capsys, monkeypatch) -> None:
    text = encode(BELT)
    draw([text], tmp_path / "one.png")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    draw(["-"], tmp_path / "two.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_broken_input_is_named_and_does_not_stop_the_rest(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "broken.yaml").write_text("id: broken\nsize: [3]\n")
    (files / "noise.txt").write_text("nothing to see here")
    (files / "binary.dat").write_bytes(b"\0" * 64)
    draw([files / "broken.yaml", files / "noise.txt", files / "binary.dat", files / "gears.json"], files / "ok.png")
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 3
    assert "broken: size is [3]" in errors[0]
    assert "noise.txt" in errors[1]
    assert "binary.dat: is not text" in errors[2]
    assert (files / "ok.png").is_file()


def test_modded_entities_of_a_factory_file_are_named_and_skipped(tmp_path: Path, capsys) -> None:
    write_factories(tmp_path / "modded.yaml", [Factory(1, 1, (Entity("warp-belt"),), id="modded"), BELT])
    draw([tmp_path / "modded.yaml"], tmp_path / "out")
    printed = capsys.readouterr()
    assert "skipped modded: no vanilla entity is called 'warp-belt'" in printed.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a-belt.png"]


def test_wrong_use_says_what_to_do(files: Path) -> None:
    with pytest.raises(UsageError, match=r"holds 2 factories: give -o a folder"):
        draw([files / "both.yaml"], files / "one.png")
    with pytest.raises(UsageError, match="format is 'gif'"):
        draw([files / "both.yaml"], files / "out", form="gif")
    with pytest.raises(DataError, match=r"missing\.yaml does not exist"):
        draw([files / "missing.yaml"], files / "one.png")
    (files / "noise.txt").write_text("nothing to see here")
    with pytest.raises(DataError, match="nothing could be drawn"):
        draw([files / "noise.txt"], files / "one.png")


def test_inputs_come_in_order_with_what_cannot_be_used_between(files: Path) -> None:
    (files / "noise.txt").write_text("nothing to see here")
    found = list(read_inputs([str(files / "grid.txt"), str(files / "noise.txt"), str(files / "both.yaml")]))
    assert [type(one) for one in found] == [Factory, Unusable, Factory, Factory]
    assert found[0] == GEARS


def test_the_text_shown_in_the_docs_is_what_the_verb_writes(tmp_path: Path, capsys) -> None:
    docs = Path(__file__).parents[2] / "docs"
    draw([docs / "examples" / "gears.yaml"], tmp_path / "gears.txt")
    shown = "\n".join(line.removeprefix("    ") for line in (docs / "render.md").read_text().splitlines())
    assert (tmp_path / "gears.txt").read_text() in shown
