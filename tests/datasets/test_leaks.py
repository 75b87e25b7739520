"""Copies of a design, however they were changed and wherever they are read, never stand in two splits."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from factorion_cli.blueprints import Print, encode, read_prints, to_factory
from factorion_cli.datasets import DatasetInfo
from factorion_cli.datasets.build import build_dataset
from factorion_cli.datasets.leaks import leak_check
from factorion_cli.datasets.reader import read_columns
from factorion_cli.datasets.roster import load_roster
from factorion_cli.datasets.schema import CONFIGS
from factorion_cli.datasets.settings import BuildSettings
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.symmetry import mirror, rotate
from tests.cli.test_datasets import run

STARTER = Path(__file__).parents[2] / "datasets" / "starter" / "blueprints"
SETTINGS = BuildSettings(per_window=1, max_windows=1)
TIERS = {
    "transport-belt": "fast-transport-belt",
    "underground-belt": "fast-underground-belt",
    "splitter": "fast-splitter",
    "inserter": "fast-inserter",
    "assembling-machine-1": "assembling-machine-2",
    "stone-furnace": "steel-furnace",
}
RECIPES = {"iron-gear-wheel": "pipe", "copper-cable": "iron-stick", "electronic-circuit": "iron-gear-wheel"}


def edited(design: Factory, place: int) -> Factory:
    """One entity gone, and another one elsewhere."""
    rest = design.without([place % len(design.entities)])
    pole = Entity("small-electric-pole", max(e.x for e in rest.entities) + 3, max(e.y for e in rest.entities) + 3)
    return replace(rest, width=pole.x + 1, height=pole.y + 1).with_entities([*rest.entities, pole])


def variants(design: Factory) -> Iterator[tuple[str, Factory]]:
    """Copies of a design that a split must not be told apart by."""
    retiered = design.with_entities(replace(e, name=TIERS.get(e.name, e.name)) for e in design.entities)
    other = design.with_entities(replace(e, recipe=RECIPES.get(e.recipe or "", e.recipe)) for e in design.entities)
    yield "rotated", rotate(design)
    yield "mirrored", mirror(rotate(design, 2))
    yield "tiers", rotate(retiered, 3)
    yield "recipes", mirror(other)
    yield "edited", edited(design, 5)
    yield "all", rotate(mirror(edited(retiered, 7)))


def bases() -> list[Factory]:
    """Designs of different files of the starter set, without their endpoints."""
    found = []
    for file in sorted(STARTER.glob("*.txt")):
        designs = [to_factory(part) for part in read_prints(file) if isinstance(part, Print)]
        found += [design for design in designs[3::5] if 12 <= len(design.entities) <= 150][:2]
    return [replace(design, sources=(), sinks=()) for design in found]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the designs in one file and each kind of copies in another; the title says whose copy it is."""
    folder = tmp_path_factory.mktemp("sources")
    strings = defaultdict[str, list[str]](list)
    for number, design in enumerate(bases()):
        strings["middle"].append(encode(design, label=f"design {number}"))
        for place, (kind, copy) in enumerate(variants(design)):
            # Half of the copies are read before what they are copies of.
            file = f"{'a' if (number + place) % 2 else 'z'}-{kind}"
            strings[file].append(encode(copy, label=f"design {number}"))
    for file, lines in strings.items():
        (folder / f"{file}.txt").write_text("\n".join(lines))
    return folder


@pytest.fixture(scope="module")
def built(sources: Path) -> Path:
    build_dataset([str(sources)], sources.parent / "ds", SETTINGS)
    return sources.parent / "ds"


def homes(dataset: Path) -> dict[str, set[str]]:
    """The splits in which each title has tasks."""
    found: dict[str, set[str]] = defaultdict(set)
    info = DatasetInfo.load(dataset)
    for config in CONFIGS:
        for split in info.splits(config):
            for title in read_columns(dataset, split, ["title"], config)["title"].to_pylist():
                found[title].add(split)
    return found


def families(dataset: Path) -> dict[str, str]:
    return {entry.design: entry.family for entry in load_roster(dataset)}


def test_no_copy_crosses_a_split(built: Path, sources: Path) -> None:
    found = homes(built)
    assert len(found) == len(bases()) > 15
    assert set().union(*found.values()) == {"train", "validation", "test"}
    assert [title for title, splits in found.items() if len(splits) > 1] == []
    assert leak_check(built, built) == []


def test_copies_really_are_in_the_dataset(built: Path) -> None:
    sources = {entry.source.partition(".")[0] for entry in load_roster(built) if entry.throughput + entry.structural}
    assert {name[2:] for name in sources if name != "middle"} == {kind for kind, _ in variants(bases()[0])}


def test_added_sources_move_no_family(built: Path, sources: Path, tmp_path: Path) -> None:
    first = [str(path) for path in sorted(sources.glob("a-*"))]
    build_dataset(first, tmp_path / "first", SETTINGS)
    before = families(tmp_path / "first")
    build_dataset([*first, str(sources / "middle.txt")], tmp_path / "more", SETTINGS)
    after = families(tmp_path / "more")
    assert len(after) > len(before)
    assert {key: after[key] for key in before} == before


def test_sources_put_before_others_move_no_pinned_family(sources: Path, tmp_path: Path) -> None:
    last = str(sources / "middle.txt")
    build_dataset([last], tmp_path / "first", SETTINGS)
    before = families(tmp_path / "first")
    added = [str(path) for path in sorted(sources.glob("a-*"))]
    build_dataset([*added, last], tmp_path / "more", SETTINGS, families_from=tmp_path / "first")
    after = families(tmp_path / "more")
    assert {key: after.get(key) for key in before} == before
    overlaps = leak_check(tmp_path / "first", tmp_path / "more")
    assert overlaps
    assert not any(overlap.is_leak for overlap in overlaps)


def test_leak_check_tells_likeness_split_and_source(
    built: Path, sources: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dataset of the copies alone: its families have other names, so some of them are in other splits."""
    build_dataset([str(sources / "z-rotated.txt"), str(sources / "z-edited.txt")], tmp_path / "copies", SETTINGS)
    overlaps = leak_check(built, tmp_path / "copies")
    assert sum(overlap.tasks for overlap in overlaps) == DatasetInfo.load(tmp_path / "copies").rows()
    assert {overlap.is_leak for overlap in overlaps} == {True, False}
    assert run("dataset", "leak-check", str(built), str(tmp_path / "copies"), "--json") == 1
    printed = capsys.readouterr()
    assert [part["tasks"] for part in json.loads(printed.out)] == [overlap.tasks for overlap in overlaps]
    assert "in another split" in printed.err
    assert run("dataset", "leak-check", str(built), str(built)) == 0
    assert "shares no factory with another split" in capsys.readouterr().out
