import io
import json
import pickle
import textwrap
import zipfile
from pathlib import Path

import pytest

from factorion_cli.blueprints import Print, Unreadable, input_blocks, read_block, read_prints
from factorion_cli.blueprints.blocks import BLOCK_FILES
from factorion_cli.blueprints.exchange import pack
from factorion_cli.errors import BlueprintError
from tests.blueprints.handmade import belt_line, book, line_string, prints

STRINGS = [line_string(length) for length in range(2, 42)]
RECORDS = [{"title": f"line {number}", "blueprint": text} for number, text in enumerate(STRINGS)]

FORMS = {
    "lines.jsonl": "".join(json.dumps(record) + "\n" for record in RECORDS),
    "raw.jsonl": "".join(json.dumps(belt_line(length)) + "\n" for length in range(2, 42)),
    "dump.json": json.dumps(RECORDS),
    "indented.json": json.dumps([[belt_line(length)] for length in range(2, 42)], indent=2),
    "several.json": json.dumps([{"all": STRINGS[:3]}, {"one": STRINGS[4]}, "text", STRINGS[5]] * 9),
    "list.txt": "\r\n".join(STRINGS),
    "wrapped.txt": "\n\n".join("\n".join(textwrap.wrap(text, 60)) for text in STRINGS),
    "page.md": "\n".join(f"## Line\n\n```\n{text}\n```" for text in STRINGS),
    "table.csv": "".join(f"{number},name,{text}\n" for number, text in enumerate(STRINGS)),
    "broken.json": json.dumps(RECORDS)[:-900],
    "damaged.json": json.dumps(RECORDS).replace('"line 7"', "line 7", 1),
}


def summary(found: Print | Unreadable) -> tuple[str, str, int]:
    if isinstance(found, Unreadable):
        return found.source, found.kind, 0
    return found.source, str(found.metadata.get("title", "")), len(found.blueprint["entities"])


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("window", "segments", "blocks"):
        monkeypatch.setattr(f"factorion_cli.blueprints.{module}.BLOCK_BYTES", 1000)


@pytest.mark.parametrize("name", FORMS)
def test_a_file_gives_the_same_prints_however_it_is_divided(tmp_path: Path, name: str, monkeypatch) -> None:
    path = tmp_path / name
    path.write_bytes(FORMS[name].encode())
    whole = [summary(found) for found in read_prints(path)]
    for size in (1000, 1717, 4096):
        for module in ("window", "segments", "blocks"):
            monkeypatch.setattr(f"factorion_cli.blueprints.{module}.BLOCK_BYTES", size)
        blocks = [pickle.loads(pickle.dumps(block)) for block in input_blocks([path])]
        assert len(blocks) > 1
        assert [summary(found) for block in blocks for found in read_block(block)] == whole
    assert sum(length > 0 for *_, length in whole) >= 36


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("name", FORMS)
def test_standard_input_is_divided_like_a_file(tmp_path: Path, name: str, monkeypatch) -> None:
    path = tmp_path / name.replace(".jsonl", ".txt")  # standard input has no name that tells its form
    path.write_bytes(FORMS[name].encode())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    piped = list(input_blocks(["-"]))
    assert len(piped) > 1
    found = [summary(part) for block in piped for part in read_block(block)]
    assert [(source.replace("-", path.name, 1), *rest) for source, *rest in found] == [
        summary(part) for part in read_prints(path)
    ]


def test_records_are_numbered_by_line_and_element(tmp_path: Path) -> None:
    lines = [json.dumps(RECORDS[0]), "", "{broken", json.dumps({"both": STRINGS[:2]}), json.dumps({"none": 1})]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    (tmp_path / "b.json").write_text(json.dumps([RECORDS[0], {"none": 1}, book(belt_line(), belt_line())]))
    assert [(found.source, getattr(found, "kind", "print")) for found in read_prints(tmp_path)] == [
        ("a.jsonl#0", "print"),
        ("a.jsonl#2", "damaged"),
        ("a.jsonl#3.0", "print"),
        ("a.jsonl#3.1", "print"),
        ("a.jsonl#4", "no-string"),
        ("b.json#0", "print"),
        ("b.json#1", "no-string"),
        ("b.json#2/0", "print"),
        ("b.json#2/1", "print"),
    ]


def test_free_fields_and_the_licence_stay_with_their_prints(tmp_path: Path) -> None:
    site = {
        "-K1": {
            "title": "Smelter",
            "author": {"userId": "k2JmYQ0eZ1xWvUtSrQpOnMlKjIhG", "displayName": "Ann"},
            "license": "CC-BY-4.0",
            "tags": ["belts", "early"],
            "blueprintString": pack(book(belt_line(), belt_line(4))),
            "comments": "x" * 10_000,
        },
        "-K2": {"blueprint": belt_line()["blueprint"], "title": "Raw"},
    }
    (tmp_path / "site.json").write_text(json.dumps(site))
    one, two, three = prints(tmp_path / "site.json")
    kept = {key: site["-K1"][key] for key in ("title", "author", "license", "tags")}
    assert (one.metadata, one.licence, two.metadata, two.licence) == (kept, "CC-BY-4.0", kept, "CC-BY-4.0")
    assert (three.metadata, three.licence) == ({"title": "Raw"}, "")


def test_blocks_hold_few_files_and_none_is_shared_by_two_inputs(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        for number in range(BLOCK_FILES + 5):
            (tmp_path / folder / f"{number:04}.txt").write_text(STRINGS[0])
    blocks = list(input_blocks([tmp_path / "a", tmp_path / "b"]))
    assert [len(block.parts) for block in blocks] == [BLOCK_FILES, 5, BLOCK_FILES, 5]
    assert list(input_blocks([tmp_path / "a"])) == blocks[:2]


def test_patterns_name_files_below_their_fixed_part(tmp_path: Path) -> None:
    for name in ("a.txt", "deep/b.txt", "deep/er/c.txt", "deep/d.md", ".hidden/e.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(STRINGS[0])
    assert [found.source for found in prints(f"{tmp_path}/**/*.txt")] == ["a.txt#0", "deep/b.txt#0", "deep/er/c.txt#0"]
    assert [found.source for found in prints(f"{tmp_path}/deep/*")] == ["b.txt#0", "d.md#0", "er/c.txt#0"]
    with pytest.raises(BlueprintError, match=r"no file matches .*\*\.bp"):
        prints(f"{tmp_path}/*.bp")


def zipped(members: dict[str, bytes | str]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return raw.getvalue()


def test_members_of_zip_files_are_read_as_files(tmp_path: Path) -> None:
    inner = zipped({"deep.txt": STRINGS[3], "inmost.zip": zipped({"x.txt": STRINGS[4]})})
    content: dict[str, bytes | str] = {
        "two.txt": "\n".join(STRINGS[:2]),
        "folder/lines.jsonl": json.dumps(RECORDS[2]),
        "inner.zip": inner,
        "../outside.txt": STRINGS[5],
        "__MACOSX/two.txt": "x",
        ".git/config": "x",
        "bomb.txt": "0e" * 2_000_000,
        "picture.png": b"\x89PNG\0",
    }
    (tmp_path / "prints.zip").write_bytes(zipped(content))
    assert [(found.source, getattr(found, "kind", "print")) for found in read_prints(tmp_path)] == [
        ("prints.zip/../outside.txt", "unreadable-file"),
        ("prints.zip/bomb.txt", "unreadable-file"),
        ("prints.zip/folder/lines.jsonl#0", "print"),
        ("prints.zip/inner.zip/deep.txt#0", "print"),
        ("prints.zip/inner.zip/inmost.zip", "unreadable-file"),
        ("prints.zip/picture.png", "unreadable-file"),
        ("prints.zip/two.txt#0", "print"),
        ("prints.zip/two.txt#1", "print"),
    ]


@pytest.mark.parametrize("content", [b"no archive", zipped({}), zipped({"a.txt": STRINGS[30]})[:-40]])
def test_archives_that_hold_nothing_are_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "prints.zip").write_bytes(content)
    (found,) = read_prints(tmp_path)
    assert isinstance(found, Unreadable)
    assert found.source == "prints.zip"


def test_damage_inside_an_archive_costs_one_member(tmp_path: Path) -> None:
    raw = bytearray(zipped({"a.txt": STRINGS[30], "b.txt": STRINGS[31]}))
    raw[60:90] = bytes(30)
    (tmp_path / "prints.zip").write_bytes(raw)
    assert [getattr(found, "kind", "print") for found in read_prints(tmp_path)] == ["unreadable-file", "print"]


def test_the_library_of_the_game_is_met_with_how_to_export_it(tmp_path: Path) -> None:
    (tmp_path / "blueprint-storage-2.dat").write_bytes(b"\2\0\0\0\x1c\0\0\0")
    (found,) = read_prints(tmp_path)
    assert isinstance(found, Unreadable)
    assert found.kind == "library"
    assert "Export string" in found.reason
